internal import CDaprMicrohttpd

/// The functions that libmicrohttpd calls.
///
/// Each runs on the loop of the listener that it gets as context.
enum HTTPCallbacks {
    /// Called before libmicrohttpd keeps anything of a connection; set only when connections are limited by address.
    static let policy: MHD_AcceptPolicyCallback = { listener, address, _ in
        var peer = cmhd_address()
        guard let listener = unsafe listener, unsafe cmhd_peer(address, &peer) != 0 else { return .YES }
        let owner = unsafe Unmanaged<HTTPListener>.fromOpaque(listener).takeUnretainedValue()
        return owner.hasRoom(for: peer) ? .YES : .NO
    }

    static let access: MHD_AccessHandlerCallback = { _, connection, _, method, version, upload, size, context in
        guard let raw = unsafe context?.pointee, let size = unsafe size, let connection = unsafe connection else {
            return .NO
        }
        let exchange = unsafe Unmanaged<HTTPExchange>.fromOpaque(raw).takeUnretainedValue()
        return unsafe exchange.access(connection, method: method, version: version, upload: upload, size: size)
    }

    /// Called with the whole target as sent, before anything else is known.
    ///
    /// The result becomes the request's context.
    static let uri:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? = {
            listener,
            uri,
            connection in
            guard let listener = unsafe listener, let uri = unsafe uri, let connection = unsafe connection else {
                return nil
            }
            let exchange = unsafe HTTPExchange(
                listener: Unmanaged<HTTPListener>.fromOpaque(listener).takeUnretainedValue(),
                connection: connection,
                target: uri
            )
            // Consumed by `completed`, which libmicrohttpd calls once for each request that gets this far.
            return unsafe Unmanaged.passRetained(exchange).toOpaque()
        }

    static let completed: MHD_RequestCompletedCallback = { _, _, context, why in
        guard let raw = unsafe context?.pointee else { return }
        unsafe context?.pointee = nil
        unsafe Unmanaged<HTTPExchange>.fromOpaque(raw).takeRetainedValue().completed(
            fully: why == .REQUEST_TERMINATED_COMPLETED_OK
        )
    }

    static let connection: MHD_NotifyConnectionCallback = { listener, connection, context, what in
        guard let listener = unsafe listener, let context = unsafe context, let connection = unsafe connection else {
            return
        }
        let owner = unsafe Unmanaged<HTTPListener>.fromOpaque(listener).takeUnretainedValue()
        switch what {
        case .CONNECTION_NOTIFY_STARTED:
            let record = unsafe owner.connected(connection)
            // Unretained: the listener's table holds the record until the connection is closed.
            unsafe context.pointee = unsafe Unmanaged.passUnretained(record).toOpaque()
        case .CONNECTION_NOTIFY_CLOSED:
            guard let raw = unsafe context.pointee else { return }
            unsafe context.pointee = nil
            unsafe owner.disconnected(Unmanaged<HTTPConnection>.fromOpaque(raw).takeUnretainedValue())
        default: break
        }
    }

    static let log: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void = { listener, line in
        guard let listener = unsafe listener, let line = unsafe line else { return }
        let owner = unsafe Unmanaged<HTTPListener>.fromOpaque(listener).takeUnretainedValue()
        unsafe owner.said(String(cString: line))
    }
}
