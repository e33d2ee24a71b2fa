import WebWorker

// A WebWorker in front of another server, for `upstreams.sh`:
//   front --listen ADDRESS http ADDRESS
//   front --listen ADDRESS fastcgi ADDRESS ROOT
var app = Application()
let arguments = CommandLine.arguments
if let place = arguments.firstIndex(of: "http"), place + 1 < arguments.count {
    app.forward("/", to: "\(arguments[place + 1])")
} else if let place = arguments.firstIndex(of: "fastcgi"), place + 2 < arguments.count {
    app.fastCGI(".php", to: "\(arguments[place + 1])", root: arguments[place + 2])
}
app.run()
