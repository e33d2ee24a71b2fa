internal import Linux

/// The preset for an application that lies there already.
extension AppPreset {
    /// What is written for an application, and what is said of it.
    package struct Adapted {
        /// The text of `release.json`.
        package var manifest: String
        /// The places in a release of what outlives it.
        package var shared: [String]
        /// What was found, and what a person has to do: a line each.
        package var notes: [String] = []
    }

    /// The site is nothing but files, which may lie there already.
    package var servesFiles: Bool { name == Self.staticFiles.name }

    /// The manifest for what lies in a directory.
    package func adapted(to directory: String) -> Adapted {
        let adapted = Adapted(manifest: manifest, shared: shared)
        return name == Self.django.name ? Self.django(adapted, directory) : adapted
    }

    /// Django's project: its place, its module and its environment.
    private static func django(_ preset: Adapted, _ directory: String) -> Adapted {
        var adapted = preset
        let place = PythonProject.djangoPlace(in: directory)
        let project = PythonProject(place.map { "\(directory)/\($0)" } ?? directory)
        if let place {
            adapted.manifest = adapted.manifest
                .replacing("\"/static\": \"static\"", with: "\"/static\": \"\(place)/static\"")
                .replacing("\"/media\": \"media\"", with: "\"/media\": \"\(place)/media\"")
                .replacing("    processes: {", with: "    directory: \"\(place)\",\n    processes: {")
            adapted.shared = adapted.shared.map { "\(place)/\($0)" }
        }
        if let module = project.djangoModule {
            adapted.manifest = adapted.manifest.replacing("mysite.wsgi", with: module)
                .replacing("; name your project in place of mysite.", with: ".")
            adapted.notes.append("the application: \(module)" + (place.map { ", in \($0)" } ?? ""))
        } else {
            adapted.notes.append(
                "no manage.py and no directory with a wsgi.py in \(directory): name your project in place of mysite in "
                    + "`processes.app`")
        }
        // (The environment of the release is at its top, or beside what is run.)
        let environments = [PythonProject(directory), project].filter { $0.virtualEnvironment != nil }
        if let own = environments.first, let environment = own.virtualEnvironment {
            adapted.notes.append(
                own.hasProgram("gunicorn")
                    ? "the environment: \(environment), active for everything that the release starts"
                    : "the environment \(environment) has no gunicorn: \(environment)/bin/pip install gunicorn")
        }
        return adapted
    }
}
