internal import DaprJSON
import DaprText

/// Why the body of a request is invalid.
struct RequestFault: Error, Equatable {
    /// What is wrong with it.
    let message: String
    /// The kind of a transaction's operation that is neither `upsert` nor `delete`, when that is the fault.
    var unknownOperation: String?
}

/// Parses request bodies as daprd does: names ignore case, and unknown ones are ignored.
enum RequestJSON {
    /// The JSON value at the beginning of a body.
    ///
    /// Text that is not UTF-8 is repaired, as Go's decoder does; bytes after the value are ignored.
    static func value(_ body: [UInt8]) throws(RequestFault) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue.parsingPrefix(of: body).value
        } catch {
            do throws(JSONError) {
                return try JSONValue(parsing: JSONReencoding.reencoded(body, numbers: .asDoubles))
            } catch _ {
                throw RequestFault(message: body.isEmpty ? "EOF" : "\(error)")
            }
        }
    }
}

extension JSONObject {
    /// The member of this name, or else of this name in another case; JSON `null` counts as absent.
    func member(_ name: String) -> JSONValue? {
        let found = self[name] ?? self.first { $0.key.lowercased() == name.lowercased() }?.value
        return found?.isNull == true ? nil : found
    }

    func string(_ name: String) throws(RequestFault) -> String? {
        guard let member = member(name) else { return nil }
        guard let text = member.stringValue else { throw RequestFault(message: "\"\(name)\" must be a string") }
        return text
    }

    func object(_ name: String) throws(RequestFault) -> JSONObject? {
        guard let member = member(name) else { return nil }
        guard let object = member.objectValue else { throw RequestFault(message: "\"\(name)\" must be an object") }
        return object
    }

    func array(_ name: String) throws(RequestFault) -> [JSONValue]? {
        guard let member = member(name) else { return nil }
        guard let array = member.arrayValue else { throw RequestFault(message: "\"\(name)\" must be an array") }
        return array
    }

    /// A member whose values are all strings.
    func texts(_ name: String) throws(RequestFault) -> [ExactText: String]? {
        guard let object = try object(name) else { return nil }
        var texts: [ExactText: String] = [:]
        for (key, value) in object {
            guard let text = value.isNull ? "" : value.stringValue else {
                throw RequestFault(message: "\"\(name).\(key)\" must be a string")
            }
            texts[key] = text
        }
        return texts
    }
}
