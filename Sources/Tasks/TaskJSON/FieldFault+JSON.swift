package import DaprJSON
package import Tasks

extension FieldFault {
    /// The most faults in an answer.
    package static let toldLimit = 100

    /// The fault as answered: `{"code":"TOO_LONG","field":"title","message":"…"}`.
    package var json: JSONValue {
        .object(["field": .string(field), "code": .string(code.uppercased()), "message": .string(message)])
    }
}
