import Foundation
import Glibc

/// A port of this machine that takes connections and says nothing: the system takes them, and nobody answers.
package final class SilentServer: Sendable {
    private let socket: CInt
    /// The port.
    package let port: Int

    /// Listens on a free port of 127.0.0.1.
    package init() throws {
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listening, socket) = (size, socket)
        let code = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, listening) | listen(socket, 100) | getsockname(socket, $0, &size)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard code == 0 else { throw POSIXError(.EADDRINUSE) }
    }

    deinit { close(socket) }
}
