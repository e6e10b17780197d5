package import DaprHTTP
package import DaprJSON

extension HTTPResponse {
    /// An answer with a JSON body.
    package static func json(_ status: HTTPStatus, _ value: JSONValue) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "application/json"], body: value.serialized())
    }
}
