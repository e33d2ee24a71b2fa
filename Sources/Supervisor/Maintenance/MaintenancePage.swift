/// The page that users get where the operator has given none: it needs nothing else, and is light or dark as they like it.
enum MaintenancePage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>Down for maintenance</title>
        <style>
        :root { color-scheme: light dark; }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1.1rem/1.5 system-ui, sans-serif; }
        main { max-width: 32rem; padding: 2rem; }
        h1 { font-size: 1.6rem; font-weight: 600; margin: 0 0 .5rem; }
        p { margin: 0; opacity: .8; }
        </style>
        </head>
        <body>
        <main>
        <h1>We will be back soon</h1>
        <p>The site is down for maintenance. Please try again in a few minutes.</p>
        </main>
        </body>
        </html>

        """
}
