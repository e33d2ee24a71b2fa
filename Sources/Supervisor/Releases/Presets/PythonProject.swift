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

    /// The module of a Django project's callable, such as "config.wsgi"; nil: there is none.
    package var djangoModule: String? { packages(with: "wsgi").first }

    /// Where in a directory a Django project is: nil for its top, and where none is found. Source: django-admin(1), startproject.
    package static func djangoPlace(in directory: String) -> String? {
        guard Files.kind("\(directory)/manage.py") == nil else { return nil }
        let places = ((try? Files.list(directory)) ?? []).filter { Files.kind("\(directory)/\($0)/manage.py") == .file }
        return places.count == 1 ? places.first : nil
    }

    /// The modules "NAME.wsgi" of the directories in it, of which Django's startproject writes one: first that of the settings
    /// which its manage.py names.
    private func packages(with file: String) -> [String] {
        let found = ((try? Files.list(directory)) ?? []).filter {
            Files.kind("\(directory)/\($0)/\(file).py") == .file
        }.map { "\($0).\(file)" }
        let named = settingsPackages.map { "\($0).\(file)" }.filter {
            Files.kind("\(directory)/\($0.replacing(".", with: "/")).py") == .file
        }
        return (named + found).uniqued()
    }

    /// The packages around the module that manage.py names in DJANGO_SETTINGS_MODULE, the innermost first: "config.settings" and
    /// "config" of "config.settings.live".
    private var settingsPackages: [String] {
        guard let text = try? Files.read("\(directory)/manage.py", limit: 1 << 20),
            let rest = String(decoding: text, as: UTF8.self).split(separator: "DJANGO_SETTINGS_MODULE").dropFirst()
                .first,
            let line = rest.split(whereSeparator: \.isNewline).first
        else { return [] }
        // What stands between the next quotes behind the name's own.
        let words = line.dropFirst().split(whereSeparator: { $0 == "\"" || $0 == "'" })
        let module = words.first { word in
            word.contains(where: \.isLetter) && word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        }
        let parts = (module ?? "").split(separator: ".")
        return (1..<max(1, parts.count)).reversed().map { parts.prefix($0).joined(separator: ".") }
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
