internal import Linux

extension ObjectReader {
    private static let address = "an address such as \"127.0.0.1:8080\", \"[::]:80\" or \"unix:run/web.sock\""

    /// Reads the list of listeners; those that could not be read are left out.
    mutating func listeners(_ key: String, directory: String) -> [ListenerSetting] {
        let items: [JSONValue]? = read(key, expected: "a list of addresses: [\"\(Defaults.listen)\"]") {
            if case .list(let items) = $0, !items.isEmpty { items } else { nil }
        }
        let values = items ?? [.text(Defaults.listen)]
        var listeners: [(index: Int, setting: ListenerSetting)] = []
        for (index, value) in values.enumerated() {
            guard let setting = listener(value, key: key, index: index, directory: directory) else { continue }
            refuseRepeated(setting, key: key, index: index, isObject: value.fields != nil, among: listeners)
            refuseCovered(setting, key: key, index: index, isObject: value.fields != nil, among: listeners)
            listeners.append((index, setting))
        }
        return listeners.map(\.setting)
    }

    private mutating func listener(
        _ value: JSONValue, key: String, index: Int, directory: String
    ) -> ListenerSetting? {
        let item = "\(key)[\(index)]"
        let name = index == 0 ? "web" : "web\(index + 1)"
        switch value {
        case .text(let text):
            return listenAddress(text, key: item, directory: directory).map { ListenerSetting(name: name, address: $0) }
        case .object(let fields):
            return nested(path: JSONOutline.path(path, key: item, isItem: true), fields: fields) { reader in
                if !reader.has("address") {
                    reader.refuse("address", found: "nothing", expected: Self.address)
                }
                let text = reader.text("address", expected: Self.address)
                let name = reader.listenerName("name") ?? name
                let backlog = reader.integer("backlog", in: 1...65_535) ?? Defaults.backlog
                return text.flatMap { reader.listenAddress($0, key: "address", directory: directory) }
                    .map { ListenerSetting(name: name, address: $0, backlog: backlog) }
            }
        default:
            refuse(item, found: value.found, expected: Self.address)
            return nil
        }
    }

    private mutating func listenAddress(_ text: String, key: String, directory: String) -> SocketAddress? {
        guard let address = SocketAddress(parsing: text), !text.utf8.contains(0) else {
            refuse(key, found: JSONValue.quoted(text), expected: Self.address)
            return nil
        }
        guard case .unix(let path) = address else { return address }
        let absolute = Paths.join(directory, path)
        if absolute.utf8.count > SocketAddress.maxPathBytes {
            let mistake = AddressCheck.lengthProblem(absolute)
            refuse(key, found: mistake.found, expected: mistake.expected, advice: mistake.advice)
        }
        return .unix(path: absolute)
    }

    /// Source: sd_listen_fds(3): a name has at most 255 characters of ASCII without control characters and ":".
    private mutating func listenerName(_ key: String) -> String? {
        read(key, expected: "a name of letters, digits, \"-\" and \"_\"") {
            guard let name = $0.text, (1...255).contains(name.utf8.count) else { return nil }
            return name.utf8.allSatisfy { JSONScanner.isWord($0) && $0 < 0x80 && !"$.+".utf8.contains($0) } ? name : nil
        }
    }

    private mutating func refuseRepeated(
        _ setting: ListenerSetting, key: String, index: Int, isObject: Bool,
        among earlier: [(index: Int, setting: ListenerSetting)]
    ) {
        let item = "\(key)[\(index)]"
        if let same = earlier.first(where: { $0.setting.address == setting.address }), setting.address.port != 0 {
            refuse(
                isObject ? item + ".address" : item, found: JSONValue.quoted("\(setting.address)") + " a second time",
                expected: "each address once", advice: "\(key)[\(same.index)] has it already")
        }
        if let same = earlier.first(where: { $0.setting.name == setting.name }) {
            refuse(
                isObject ? item + ".name" : item, found: "the name \(JSONValue.quoted(setting.name)) a second time",
                expected: "each name once", advice: "\(key)[\(same.index)] has it already")
        }
    }

    /// A listener at every address is probed at the loopback one, where another listener of that port would answer.
    private mutating func refuseCovered(
        _ setting: ListenerSetting, key: String, index: Int, isObject: Bool,
        among earlier: [(index: Int, setting: ListenerSetting)]
    ) {
        guard let other = earlier.first(where: { Self.covers($0.setting.address, setting.address) }) else { return }
        let item = "\(key)[\(index)]"
        let isWider = SteeredListener.reachable(setting.address) != setting.address
        let (wide, narrow) =
            isWider ? (setting.address, other.setting.address) : (other.setting.address, setting.address)
        refuse(
            isObject ? item + ".address" : item,
            found: JSONValue.quoted("\(setting.address)") + " beside "
                + JSONValue.quoted("\(other.setting.address)") + " of \(key)[\(other.index)]",
            expected: "one of them", advice: "\(wide) covers \(narrow): leave that out")
    }

    /// Whether one of the addresses is every address, and the other the loopback one of the same family and port.
    private static func covers(_ one: SocketAddress, _ other: SocketAddress) -> Bool {
        guard one != other, let port = one.port, port != 0 else { return false }
        return SteeredListener.reachable(one) == SteeredListener.reachable(other)
    }
}
