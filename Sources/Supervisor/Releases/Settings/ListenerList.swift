internal import Linux

/// The addresses of `listen` as they are read, one after the other: no two may be in each other's way.
struct ListenerList {
    private static let address = "an address such as \"127.0.0.1:8080\", \"[::]:80\" or \"unix:run/web.sock\""

    private let key: String
    private let directory: String
    private var places: [Place] = []

    /// A listener that was read, and where it stands.
    private struct Place {
        let item: String
        let isObject: Bool
        let setting: ListenerSetting

        var address: String { isObject ? item + ".address" : item }
        var name: String { isObject ? item + ".name" : item }
    }

    /// Reads the list; listeners that could not be read are left out.
    static func read(_ key: String, directory: String, from reader: inout ObjectReader) -> [ListenerSetting] {
        let items = reader.read(key, expected: "a list of addresses: [\"\(Defaults.listen)\"]") { value in
            value.items.flatMap { $0.isEmpty ? nil : $0 }
        }
        var list = ListenerList(key: key, directory: directory)
        for (index, value) in (items ?? [.text(Defaults.listen)]).enumerated() {
            list.read(value, at: index, from: &reader)
        }
        return list.places.map(\.setting)
    }

    private mutating func read(_ value: JSONValue, at index: Int, from reader: inout ObjectReader) {
        let item = "\(key)[\(index)]"
        let name = index == 0 ? "web" : "web\(index + 1)"
        guard let setting = setting(value, item, name: name, from: &reader) else { return }
        let place = Place(item: item, isObject: value.fields != nil, setting: setting)
        refuseRepeated(place, &reader)
        refuseCovered(place, &reader)
        places.append(place)
    }

    private func setting(
        _ value: JSONValue, _ item: String, name: String, from reader: inout ObjectReader
    ) -> ListenerSetting? {
        if let text = value.text {
            return address(text, item, &reader).map { ListenerSetting(name: name, address: $0) }
        }
        guard let fields = value.fields else {
            reader.refuse(item, found: value.found, expected: Self.address)
            return nil
        }
        return reader.nested(item, isItem: true, fields: fields) { reader in
            if !reader.has("address") { reader.refuse("address", found: "nothing", expected: Self.address) }
            let text = reader.text("address", expected: Self.address)
            let name = Self.name("name", &reader) ?? name
            let backlog = reader.integer("backlog", in: 1...65_535) ?? Defaults.backlog
            let isSecure = reader.boolean("tls") ?? false
            guard let place = text.flatMap({ address($0, "address", &reader) }) else { return nil }
            if isSecure, place.port == nil {
                reader.refuse(
                    "tls", found: "true for \(place)", expected: "a listener on TCP",
                    advice: "who connects to a unix socket is on this machine: leave `tls` out")
            }
            return ListenerSetting(name: name, address: place, backlog: backlog, isSecure: isSecure)
        }
    }

    private func address(_ text: String, _ key: String, _ reader: inout ObjectReader) -> SocketAddress? {
        guard let address = SocketAddress(parsing: text), !text.utf8.contains(0) else {
            reader.refuse(key, found: JSONValue.quoted(text), expected: Self.address)
            return nil
        }
        guard case .unix(let path) = address else { return address }
        let absolute = Paths.join(directory, path)
        if absolute.utf8.count > SocketAddress.maxPathBytes {
            let mistake = AddressCheck.lengthProblem(absolute)
            reader.refuse(key, found: mistake.found, expected: mistake.expected, advice: mistake.advice)
        }
        return .unix(path: absolute)
    }

    /// Source: sd_listen_fds(3): a name has at most 255 characters of ASCII without control characters and ":".
    private static func name(_ key: String, _ reader: inout ObjectReader) -> String? {
        reader.read(key, expected: "a name of letters, digits, \"-\" and \"_\"") {
            guard let name = $0.text, (1...255).contains(name.utf8.count) else { return nil }
            return name.utf8.allSatisfy { JSONScanner.isWord($0) && $0 < 0x80 && !"$.+".utf8.contains($0) } ? name : nil
        }
    }

    private func refuseRepeated(_ place: Place, _ reader: inout ObjectReader) {
        let setting = place.setting
        if let same = places.first(where: { $0.setting.address == setting.address }), setting.address.port != 0 {
            reader.refuse(
                place.address, found: JSONValue.quoted("\(setting.address)") + " a second time",
                expected: "each address once", advice: "\(same.item) has it already")
        }
        if let same = places.first(where: { $0.setting.name == setting.name }) {
            reader.refuse(
                place.name, found: "the name \(JSONValue.quoted(setting.name)) a second time",
                expected: "each name once", advice: "\(same.item) has it already")
        }
    }

    /// A listener at every address is probed at the loopback one, where another listener of that port would answer.
    private func refuseCovered(_ place: Place, _ reader: inout ObjectReader) {
        let address = place.setting.address
        guard let earlier = places.first(where: { Self.covers($0.setting.address, address) }) else { return }
        let other = earlier.setting.address
        let isWider = address.reachable != address
        let (wide, narrow) = isWider ? (address, other) : (other, address)
        reader.refuse(
            place.address,
            found: "\(JSONValue.quoted("\(address)")) beside \(JSONValue.quoted("\(other)")) of \(earlier.item)",
            expected: "one of them", advice: "\(wide) covers \(narrow): leave that out")
    }

    /// One of the addresses is every address, and the other the loopback one of the same family and port.
    private static func covers(_ one: SocketAddress, _ other: SocketAddress) -> Bool {
        guard one != other, let port = one.port, port != 0 else { return false }
        return one.reachable == other.reachable
    }
}
