import Foundation

/// Clients that read a stream each, all by one thread.
final class StreamReaders {
    private var sockets: [pollfd] = []

    init() {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, 8192)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Opens streams, one for each of the users.
    func open(port: Int, users: ArraySlice<String>) throws {
        for user in users {
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(socket, $0, size) }
            }
            let request = Array(
                "GET /api/changes/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(try Benchmark.token(user))\r\n\r\n"
                    .utf8
            )
            guard code == 0, unsafe send(socket, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else {
                throw BenchmarkError.notListening("task-server", port: port)
            }
        }
    }

    /// Reads until a mark came so often, over all streams.
    func wait(for mark: String, times: Int) async throws {
        let deadline = Date() + 30
        let wanted = Array(mark.utf8)
        var count = 0
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while count < times {
            guard Date() < deadline else { throw BenchmarkError.unreadable("\(count) of \(times) \(mark)") }
            unsafe poll(&sockets, nfds_t(sockets.count), 100)
            for place in sockets.indices where sockets[place].revents != 0 {
                let taken = unsafe recv(sockets[place].fd, &buffer, buffer.count, CInt(MSG_DONTWAIT))
                guard taken > 0 else { throw BenchmarkError.unreadable("a stream ended") }
                count += buffer[..<taken].count(of: wanted)
            }
            await Task.yield()
        }
    }

    func close() {
        for socket in sockets { Glibc.close(socket.fd) }
        sockets = []
    }
}

extension ArraySlice<UInt8> {
    /// How often some bytes stand in these.
    fileprivate func count(of wanted: [UInt8]) -> Int {
        guard let first = wanted.first, count >= wanted.count else { return 0 }
        var found = 0
        var place = startIndex
        while place <= endIndex - wanted.count {
            if self[place] == first, self[place..<(place + wanted.count)].elementsEqual(wanted) { found += 1 }
            place += 1
        }
        return found
    }
}
