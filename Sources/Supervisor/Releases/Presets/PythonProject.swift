internal import Linux

/// A directory with a Python application: the place of its callable, and its environment if it has one.
package struct PythonProject {
    /// The interface between a server and the application.
    package enum Interface: String, Sendable {
        case wsgi, asgi
    }

    /// The path as it was named.
    package let directory: String

    /// Looks into `directory`, which need not be there.
    package init(_ directory: String) {
        self.directory = directory
    }

    /// The directory of its virtual environment, relative to it; nil: it has none.
    package var virtualEnvironment: String? {
        ["venv", ".venv"].first { Files.kind("\(directory)/\($0)/pyvenv.cfg") == .file }
    }

    /// The environment has a program of this name.
    package func hasProgram(_ name: String) -> Bool {
        virtualEnvironment.map { Files.kind("\(directory)/\($0)/bin/\(name)") == .file } ?? false
    }

    /// The application's callable as servers take it, such as "site.wsgi:application"; nil: none is found.
    package func callable(_ interface: Interface) -> String? {
        let file = interface.rawValue
        var modules = [file, "app", "main", "application"]
        if Files.kind("\(directory)/manage.py") == .file { modules = packages(with: file) + modules }
        for module in modules {
            let path = "\(directory)/\(module.replacing(".", with: "/")).py"
            guard let text = try? Files.read(path, limit: 1 << 20) else { continue }
            if let name = Self.callable(in: String(decoding: text, as: UTF8.self)) { return "\(module):\(name)" }
        }
        return nil
    }

    /// The modules "NAME.wsgi" of the directories in it: Django's startproject writes one.
    private func packages(with file: String) -> [String] {
        ((try? Files.list(directory)) ?? []).filter { Files.kind("\(directory)/\($0)/\(file).py") == .file }
            .map { "\($0).\(file)" }
    }

    /// The variable of a module that is an application by its name.
    private static func callable(in text: String) -> String? {
        let lines = text.split(whereSeparator: \.isNewline)
        return ["application", "app"].first { name in
            lines.contains { line in
                let isDefinition = line.hasPrefix("def \(name)(") || line.hasPrefix("async def \(name)(")
                let rest = line.hasPrefix(name) ? line.dropFirst(name.count).drop { $0 == " " } : ""
                return isDefinition || (rest.hasPrefix("=") && !rest.hasPrefix("==")) || rest.hasPrefix(":")
            }
        }
    }
}

extension ServerPreset {
    /// The interface for Python applications; nil if it runs none.
    package var pythonInterface: PythonProject.Interface? {
        switch name {
        case "gunicorn", "gunicorn-threads", "uwsgi": .wsgi
        case "hypercorn", "uvicorn": .asgi
        default: nil
        }
    }
}
