import DaprJSON

/// What is wrong with one field of a body, or with one parameter.
package struct RequestFault: Sendable {
    /// Where the fault is.
    package enum Place: Sendable {
        /// In the body, at a JSON pointer in the form of a URI fragment (RFC 6901 section 6): `#/tags/3`.
        case body(pointer: String)
        /// In the parameter that the fault names: of the query, or a header.
        case parameter
    }

    /// The name of the field or parameter.
    package let field: String
    /// Stable and in capitals.
    package let code: String
    /// What is wrong and what would be right, for people.
    package let message: String
    package let place: Place

    package init(field: String, code: String, message: String, place: Place) {
        self.field = field
        self.code = code
        self.message = message
        self.place = place
    }

    /// The fault in the service's own form: `{"code":"TOO_LONG","field":"title","message":"…"}`.
    var json: JSONValue {
        ["field": .string(field), "code": .string(code), "message": .string(message)]
    }

    /// The fault in a problem: `{"code":"TOO_LONG","detail":"…","pointer":"#/title"}`, or `parameter` instead of `pointer`.
    var problem: JSONValue {
        var problem: JSONObject = ["code": .string(code), "detail": .string(message)]
        switch place {
        case .body(let pointer): problem["pointer"] = .string(pointer)
        case .parameter: problem["parameter"] = .string(field)
        }
        return .object(problem)
    }
}
