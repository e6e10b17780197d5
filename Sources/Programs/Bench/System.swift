import Foundation

/// A port that was free a moment ago.
func freePort() -> Int {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            _ = unsafe bind(socket, $0, size)
            _ = unsafe getsockname(socket, $0, &size)
        }
    }
    return Int(in_port_t(bigEndian: address.sin_port))
}

/// The CPU time that this process has used, in microseconds.
func cpuMicroseconds() -> Double {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(0), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
}

/// Whether a request on a connection of its own is answered 200.
func isAnswered(_ port: Int, _ path: String) -> Bool {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isConnected = unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(socket, $0, size) == 0 }
    }
    guard isConnected else { return false }
    let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
    guard unsafe send(socket, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else {
        return false
    }
    var answer = [UInt8](repeating: 0, count: 12)
    let count = unsafe recv(socket, &answer, answer.count, CInt(MSG_WAITALL))
    return count == answer.count && String(decoding: answer, as: UTF8.self).hasSuffix(" 200")
}
