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
