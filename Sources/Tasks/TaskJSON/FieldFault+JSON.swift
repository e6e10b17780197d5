package import DaprJSON
package import Tasks

extension FieldFault {
    /// How many faults of a request are told.
    package static let toldLimit = 100

    /// The fault as it is answered: `{"code":"TOO_LONG","field":"title","message":"…"}`.
    package var json: JSONValue {
        .object(["field": .string(field), "code": .string(code.uppercased()), "message": .string(message)])
    }
}
