import Foundation

/// The least of an HTTP server, so that the examples need no other package; your app has Hummingbird or Vapor in its place.
///
/// It takes one connection after another and answers one request on each. It is no example of a server.
public enum TinyServer {
    /// A request with its body.
    public struct Request: Sendable {
        /// The method in capitals.
        public let method: String
        /// The path as it was received.
        public let path: String
        /// The whole body.
        public let body: [UInt8]
    }

    /// An answer with a body of JSON.
    public struct Answer: Sendable {
        /// The status.
        public let status: Int
        /// The body; empty for none.
        public let body: [UInt8]

        /// Makes an answer.
        public init(status: Int = 200, body: [UInt8] = []) {
            self.status = status
            self.body = body
        }
    }

    /// Why the server cannot listen.
    public struct CannotListen: Error {
        let port: UInt16
        let code: Int32
    }

    /// Listens on a port of this machine and answers on a thread of its own, for as long as the program runs.
    public static func start(port: UInt16, _ answer: @escaping @Sendable (Request) -> Answer) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var reuse: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(listener, 16) == 0 else { throw CannotListen(port: port, code: errno) }
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { continue }
                var limit = timeval(tv_sec: 2, tv_usec: 0)
                setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                if let request = request(from: connection) { send(answer(request), to: connection) }
                close(connection)
            }
        }
    }

    private static func request(from connection: Int32) -> Request? {
        var received: [UInt8] = []
        while true {
            if let request = request(in: received) { return request }
            var piece = [UInt8](repeating: 0, count: 65536)
            let count = read(connection, &piece, piece.count)
            guard count > 0, received.count < 1 << 20 else { return nil }
            received += piece[..<count]
        }
    }

    /// The request in the bytes; `nil` while it is not whole.
    private static func request(in bytes: [UInt8]) -> Request? {
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) }) else {
            return nil
        }
        let head = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        let words = (head.first ?? "").split(separator: " ").map(String.init)
        let length = head.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: ":").last
        let wanted = length.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) } ?? 0
        let body = bytes[(end + 4)...]
        guard words.count == 3, body.count >= wanted else { return nil }
        return Request(method: words[0], path: words[1], body: Array(body.prefix(wanted)))
    }

    private static func send(_ answer: Answer, to connection: Int32) {
        let head = "HTTP/1.1 \(answer.status) x\r\nContent-Type: application/json\r\n"
        let bytes = Array("\(head)Content-Length: \(answer.body.count)\r\nConnection: close\r\n\r\n".utf8) + answer.body
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
