/// The Content-Type of a file, by the end of its name.
enum MediaType {
    /// Text in any of its forms is worth compressing.
    static func isCompressible(_ type: StaticString) -> Bool {
        let name = "\(type)"
        return name.hasPrefix("text/") || name == "application/json" || name == "application/manifest+json"
            || name == "application/xml" || name == "application/wasm" || name == "image/svg+xml" || name == "font/ttf"
            || name == "font/otf"
    }

    /// The type of a name; bytes of no known kind are `application/octet-stream`.
    static func of(_ name: String) -> StaticString {
        guard let dot = name.utf8.lastIndex(of: 0x2e) else { return "application/octet-stream" }
        switch String(name[name.index(after: dot)...]).lowercased() {
        case "html", "htm": return "text/html; charset=utf-8"
        case "css": return "text/css; charset=utf-8"
        case "js", "mjs": return "text/javascript; charset=utf-8"
        case "json", "map": return "application/json"
        case "webmanifest": return "application/manifest+json"
        case "txt": return "text/plain; charset=utf-8"
        case "md": return "text/markdown; charset=utf-8"
        case "csv": return "text/csv; charset=utf-8"
        case "xml": return "application/xml"
        case "svg": return "image/svg+xml"
        case "png": return "image/png"
        case "jpg", "jpeg": return "image/jpeg"
        case "gif": return "image/gif"
        case "webp": return "image/webp"
        case "avif": return "image/avif"
        case "ico": return "image/x-icon"
        case "woff": return "font/woff"
        case "woff2": return "font/woff2"
        case "ttf": return "font/ttf"
        case "otf": return "font/otf"
        case "mp4": return "video/mp4"
        case "webm": return "video/webm"
        case "mp3": return "audio/mpeg"
        case "ogg": return "audio/ogg"
        case "wav": return "audio/wav"
        case "pdf": return "application/pdf"
        case "wasm": return "application/wasm"
        case "zip": return "application/zip"
        case "gz": return "application/gzip"
        default: return "application/octet-stream"
        }
    }
}
