package import Dapr
import Synchronization

/// A transport without a network: it records every request and answers as told.
package final class StubTransport: DaprTransport {
    /// What a request is answered with.
    package enum Answer: Sendable {
        case response(DaprResponse)
        case failure(DaprTransportError)

        /// An answer with a status alone.
        package static func status(_ status: Int) -> Answer { .response(DaprResponse(status: status)) }

        /// An answer with a body of JSON, and more headers when given.
        package static func json(
            _ status: Int,
            _ body: String,
            headers: [(name: String, value: String)] = []
        ) -> Answer {
            .response(
                DaprResponse(
                    status: status,
                    headers: [("content-type", "application/json")] + headers,
                    body: Array(body.utf8)
                )
            )
        }
    }

    private let answer: @Sendable (DaprRequest) async -> Answer
    private let recorded = Mutex<[DaprRequest]>([])

    /// Answers by a function of the request, which may wait.
    package init(_ answer: @escaping @Sendable (DaprRequest) async -> Answer) {
        self.answer = answer
    }

    /// Gives these answers in their order; a request beyond them finds nobody.
    package convenience init(_ answers: Answer...) {
        let rest = Rest(answers)
        self.init { _ in rest.next() ?? .failure(.unreachable("no answer is scripted for this request")) }
    }

    /// Every request so far, in the order they came.
    package var requests: [DaprRequest] { recorded.withLock { $0 } }

    package func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        recorded.withLock { $0.append(request) }
        switch await answer(request) {
        case .response(let response): return response
        case .failure(let error): throw error
        }
    }

    private final class Rest: Sendable {
        private let answers: Mutex<[Answer]>

        init(_ answers: [Answer]) { self.answers = Mutex(answers.reversed()) }

        func next() -> Answer? { answers.withLock { $0.popLast() } }
    }
}

extension DaprRequest {
    /// The body as text; empty when there is none.
    package var bodyText: String { String(decoding: body ?? [], as: UTF8.self) }

    /// The first header with that name, in any case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
