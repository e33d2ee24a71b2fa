internal import DeployCore
internal import Linux

// What a release in Python needs beside its program: the application, and the environment in which it is installed.
extension ReleaseExaminer {
    /// A program that is found is not enough, where it is a server for applications in Python.
    mutating func checkPython(
        of command: [String], _ program: String, _ start: ProgramStart, _ keyPath: String,
        _ environment: [String: String]
    ) {
        let interpreters = start.interpreters(of: program)
        checkModule(
            of: command, keyPath,
            PythonModules(
                directory: start.directory, virtualEnvironment: virtualEnvironment, programs: [program] + interpreters,
                environment: environment))
        guard let environment = virtualEnvironment, command.first?.contains("/") == false,
            let python = interpreters.last(where: { Paths.name($0).hasPrefix("python") }),
            !(interpreters + [program]).contains(where: { Paths.contains(environment, $0) })
        else { return }
        let name = Paths.name(program)
        let pip = ShellWord.quoted(Paths.join(environment, "bin/pip"))
        warnings.append(
            "\(manifestFile): \(keyPath)[0]: \(program) runs with \(python), and sees nothing of the release's environment "
                + "\(Paths.shortened(environment, from: path)), which has no \(name); \(pip) install \(name)")
    }

    private mutating func checkModule(of command: [String], _ keyPath: String, _ modules: PythonModules) {
        guard let missing = modules.missing(in: command),
            writers.whoMayNotSee(Paths.join(modules.directory, "\(missing.module).py")) == nil
        else { return }
        let file = missing.module.replacing(".", with: "/")
        guard manifest.value.hooks[.before] == nil else {
            warnings.append(
                "\(manifestFile): \(keyPath)[\(missing.index)]: there is no \(file).py in \(modules.directory): the server will "
                    + "not find its application, unless the before hook creates it")
            return
        }
        let project = PythonProject(modules.directory)
        let other = [PythonProject.Interface.wsgi, .asgi].compactMap(project.callable).first
        problems.append(
            Problem(
                file: manifestFile, keyPath: "\(keyPath)[\(missing.index)]",
                found: "\(JSONValue.quoted(missing.word)), and no module \(missing.module)",
                expected: "\(file).py, or a package \(file), in \(modules.directory)",
                advice: other.map { "did you mean \(JSONValue.quoted($0))?" }
                    ?? "put the application there, or name its module: \"MODULE:CALLABLE\""))
    }
}
