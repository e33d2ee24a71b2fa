import CFuzzer

// fuzz TARGET [OPTION OF LIBFUZZER…] [DIRECTORY OF A CORPUS…]
let targets: [String: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32] = [
    "request": { data, count in fuzz(data, count, fuzzRequest) },
    "chunked": { data, count in fuzz(data, count, fuzzChunked) },
    "response": { data, count in fuzz(data, count, fuzzResponse) },
    "fastcgi": { data, count in fuzz(data, count, fuzzFastCGI) },
    "proxy": { data, count in fuzz(data, count, fuzzProxy) },
    "records": { data, count in fuzz(data, count, fuzzRecords) },
    "handover": { data, count in fuzz(data, count, fuzzHandover) },
    "forms": { data, count in fuzz(data, count, fuzzForms) },
]
guard CommandLine.arguments.count > 1, let target = targets[CommandLine.arguments[1]] else {
    print("usage: fuzz TARGET [OPTION…] [CORPUS…]; targets: \(targets.keys.sorted().joined(separator: " "))")
    fatalError("no target")
}
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
_ = LLVMFuzzerRunDriver(&count, &arguments, target)

private func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int, _ body: ([UInt8]) -> Void) -> Int32 {
    body(Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
