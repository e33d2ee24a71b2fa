import WebWorker

// The site www.foobar.com, first release: files from public/, and a few routes.
var app = Application()

app.get("/version", always: Response(text: "v1\n").with("Cache-Control", "no-store"))
app.get("/healthz", always: Response(text: "ok\n"))
app.get("/api/info", always: Response(json: Array(#"{"shop":"Foobar Bakery","release":"v1","since":1927}"#.utf8)))

app.get("/hello/:name") { request in
    Response(text: "Hello, \(request.parameters["name"] ?? "you")!\n")
}

app.post("/contact", contact)

app.post("/echo") { request in
    Response(body: request.body, type: request.headers["content-type"])
}

// Takes as long as it is told: for trying what a deploy does to a slow request. It waits, so it is a blocking handler.
app.get("/slow", .blocking, slow)

app.get("/oven", oven)

app.files("public")
app.run()
