/// The preset without a server: deployd's own web server and a directory.
extension ServerPreset {
    static let files = ServerPreset(
        name: "files", summary: "a site of files: public, with an index.html",
        manifest: """
            {
                // deployd's own web server serves what is in public, and nothing else of the release: its index.html for `/`.
                web: { files: "public" },
                health: { path: "/" },
            }

            """,
        page: Page(
            path: "public/index.html",
            text: """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <title>A new site</title>
                <p>This is <code>public/index.html</code>.</p>
                </html>

                """))
}
