internal import CMicrohttpd

/// Reads a request's head from libmicrohttpd's buffer, and finds there what it hides: NULs, and values over two lines.
@safe
struct HeadReader {
    let connection: OpaquePointer
    /// The target as sent; `nil` when its bytes are no UTF-8.
    let target: String?
    /// Where the target ends in the buffer.
    let targetEnd: UnsafePointer<CChar>
    /// The most bytes a head may have.
    let limit: Int

    func read(
        method: UnsafePointer<CChar>?,
        version: UnsafePointer<CChar>?
    ) throws(HeadFault) -> (HTTPRequest, BodyFraming) {
        let buffer = limit * 2 + 8192
        guard let method = unsafe method, let version = unsafe version else { throw .malformed("no method") }
        guard unsafe cmhd_head_size(connection) <= limit else {
            throw .tooLarge(limit: limit)
        }
        if unsafe cmhd_target_is_cut(targetEnd, version, buffer) != 0 {
            throw .malformed("the request target holds a NUL")
        }
        guard let target else { throw .malformed("the request target is no UTF-8") }
        // Few enough to lie on the stack serve nearly every request.
        var headers = try unsafe headers(from: method, atMost: 24)
        if headers == nil { headers = try unsafe self.headers(from: method, atMost: 128) }
        guard let headers else { throw .tooMany(limit: 128) }
        return try StrictHead.read(method: unsafe String(cString: method), target: target, headers: headers)
    }

    /// The header fields; `nil` when there are more than that.
    private func headers(
        from start: UnsafePointer<CChar>,
        atMost capacity: Int
    ) throws(HeadFault) -> HTTPHeaders? {
        let buffer = limit * 2 + 8192
        return try unsafe withUnsafeTemporaryAllocation(of: cmhd_field.self, capacity: capacity) {
            (fields) throws(HeadFault) -> HTTPHeaders? in
            let count = unsafe cmhd_header_fields(connection, fields.baseAddress, capacity)
            guard count <= capacity else { return nil }
            let end = unsafe start + cmhd_head_size(connection)
            var headers = HTTPHeaders()
            headers.reserveCapacity(count)
            for index in 0..<count {
                let field = unsafe fields[index]
                let next = unsafe index + 1 < count ? fields[index + 1].name : end
                guard unsafe cmhd_hides_something(field.value + field.value_length, next, buffer) == 0 else {
                    throw .malformed("a header value holds a NUL or goes on in the next line")
                }
                guard unsafe field.is_proper != 0 else {
                    throw .malformed("a header name or value holds a character that it cannot")
                }
                let name = unsafe UnsafeRawBufferPointer(start: field.name, count: field.name_length)
                let value = unsafe UnsafeRawBufferPointer(start: field.value, count: field.value_length)
                unsafe headers.add(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
            }
            return headers
        }
    }
}
