import HTTPServer
import Tasks

/// One row of the API: where it is, what answers it, and what the OpenAPI document says of it.
struct Endpoint: Sendable {
    let method: HTTPMethod
    /// The path pattern, which is OpenAPI's path template too.
    let path: String
    let operation: Operation
    let work: Work

    /// What answers, and who may ask.
    enum Work: Sendable {
        /// Everyone, without a token.
        case open(@Sendable (HTTPRequest, Exchange) async throws(APIFault) -> HTTPResponse)
        /// The bearer of a token, for its own tasks.
        case owner(@Sendable (HTTPRequest, Exchange, OwnerID) async throws(APIFault) -> HTTPResponse)
        /// The sidecar.
        case sidecar(@Sendable (HTTPRequest, Exchange) async throws(APIFault) -> HTTPResponse)
    }

    /// The route that serves this row: the gate looks at the head, the frame closes around the rest.
    func route(frame: RequestFrame, gate: Gate) -> Route {
        let pattern = path
        let requirement = operation.body
        let work = work
        let meter = frame.meter(method, pattern)
        let ownMethod = method
        return Route(method, pattern, bodyLimit: requirement.limitInBytes) { head, parameters in
            var exchange = frame.begin(
                head,
                route: pattern,
                // A HEAD that a GET's route answers is counted as what it is.
                meter: head.method == ownMethod ? meter : nil,
                parameters: parameters
            )
            do throws(APIFault) {
                let responder = try gate.admit(head, &exchange, to: work, body: requirement)
                let admitted = exchange
                // Held by the responder, so it is given back when the request is answered or lost.
                let share = try gate.share(of: head, admitted, body: requirement)
                return .admit { request in
                    var answer: HTTPResponse
                    do throws(APIFault) {
                        answer = try await responder(request, admitted)
                        try gate.keep(&answer, to: request, admitted)
                    } catch {
                        frame.report(error, admitted)
                        answer = error.response
                    }
                    withExtendedLifetime(share) {}
                    return frame.finish(answer, to: request, admitted)
                }
            } catch {
                frame.report(error, exchange)
                return .refuse(frame.finish(error.response, to: head, exchange))
            }
        }
    }
}
