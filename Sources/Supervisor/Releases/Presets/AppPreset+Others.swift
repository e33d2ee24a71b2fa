/// Applications in Python and Ruby, and sites of files.
extension AppPreset {
    static let django = AppPreset(
        name: "django", summary: "Django with gunicorn: static and media served by deployd", shared: ["media"],
        manifest: """
            {
                // Django: STATIC_ROOT = BASE_DIR / "static" and MEDIA_ROOT = BASE_DIR / "media"; name your project in place of mysite.
                // Run `manage.py collectstatic` when the release is built.
                web: {
                    mounts: { "/static": "static", "/media": "media" },
                    forward: { "/": "app" },
                    // gunicorn handles one request at a time in each process: it gets them whole.
                    wholeBodies: true,
                    maxBodyBytes: "64M",
                    rules: [
                        { path: "/media/*", headers: { "X-Content-Type-Options": "nosniff" } },
                        { path: "/static/*", cache: "public, max-age=3600" },
                    ],
                },
                processes: {
                    app: { command: ["gunicorn", "mysite.wsgi"], workers: 4, inherit: "listen-fds" },
                },
                hooks: { before: ["python3", "manage.py", "migrate", "--noinput"] },
                health: { path: "/" },
            }

            """)

    static let rails = AppPreset(
        name: "rails", summary: "Ruby on Rails with puma: public served by deployd", shared: ["storage", "log"],
        manifest: """
            {
                // Rails: files in public are served by deployd, all else by puma. Run `rails assets:precompile` when the release is built.
                // SECRET_KEY_BASE and the like belong into environmentFiles of deployd.json.
                web: {
                    files: "public",
                    forward: { "/": "app" },
                    maxBodyBytes: "64M",
                    rules: [{ path: "/assets/*", cache: "public, max-age=31536000, immutable" }],
                    errorPages: { "404": "404.html", "502": "500.html", "503": "500.html", "504": "500.html" },
                },
                processes: {
                    app: {
                        command: ["puma", "--environment", "production", "--bind-to-activated-sockets", "only", "config.ru"],
                        inherit: "listen-fds",
                    },
                },
                environment: { RAILS_ENV: "production", RAILS_LOG_TO_STDOUT: "1" },
                hooks: { before: ["bin/rails", "db:migrate"] },
                health: { path: "/up" },
            }

            """)

    static let staticFiles = AppPreset(
        name: "static", summary: "a site of files: public, with an index.html",
        manifest: """
            {
                // deployd's own web server serves what is in public, and nothing else of the release: its index.html for `/`.
                web: {
                    files: "public",
                    // Names with a hash of their content in them never change.
                    cacheControl: { "/assets/**": "public, max-age=31536000, immutable" },
                    rules: [{ path: "/*", headers: { "X-Content-Type-Options": "nosniff" } }],
                },
                health: { path: "/" },
            }

            """)
}
