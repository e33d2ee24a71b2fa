import WebWorker

/// Something that the bakery sells.
struct Product {
    let name: String
    let price: String
    let words: String
}

let products = [
    Product(name: "rye", price: "4.20", words: "Rye bread, dark, three days in the making"),
    Product(name: "baguette", price: "2.10", words: "Baguette, white wheat, out of the oven every hour"),
    Product(name: "spelt", price: "4.90", words: "Spelt loaf with walnuts"),
    Product(name: "croissant", price: "1.80", words: "Croissant with much butter"),
    Product(name: "plum-cake", price: "3.30", words: "Plum cake from the tray, with crumbs, in autumn"),
    Product(name: "cinnamon-knot", price: "2.40", words: "Cinnamon knot, still warm at ten"),
]

/// Answers the search field of the front page.
@Sendable func search(_ request: Request) -> Response {
    let words = (request.query["q"] ?? "").lowercased()
    let found = products.filter { $0.words.lowercased().contains(words) }
    let list = found.map { "<li><strong>\($0.price) €</strong> \($0.words)</li>" }.joined()
    let content = found.isEmpty ? "<p>We do not bake that yet. Write to us!</p>" : "<ul class=\"found\">\(list)</ul>"
    let title = words.isEmpty ? "All we bake" : "You looked for “\(escaped(words))”"
    return Response(html: page(title, content + "<p><a href=\"/\">Back to the bakery</a></p>"))
}

/// One product as JSON.
@Sendable func product(_ request: Request) -> Response {
    guard let product = products.first(where: { $0.name == request.parameters["name"] }) else {
        return Response(status: .notFound, json: Array(#"{"error":"no such product"}"#.utf8))
    }
    return Response(
        json: Array(#"{"name":"\#(product.name)","price":"\#(product.price)","words":"\#(product.words)"}"#.utf8))
}
