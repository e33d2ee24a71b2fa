/// A page of the site with a title and a content, which are HTML already.
func page(_ title: String, _ content: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title) · Foobar Bakery</title>
    <link rel="stylesheet" href="/style.css">
    <main class="narrow">
    <h1>\(title)</h1>
    \(content)
    </main>
    </html>

    """
}

/// Text as it must stand in HTML.
func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        default: result.append(character)
        }
    }
    return result
}
