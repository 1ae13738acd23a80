#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The few errors of a connection that a user can act on, in words; others by number.
func systemErrorText(_ code: CInt) -> String {
    switch code {
    case ECONNREFUSED: "connection refused"
    case EHOSTUNREACH, ENETUNREACH: "no route"
    case ECONNRESET, EPIPE: "connection reset"
    case ETIMEDOUT: "no reply"
    case EACCES, EPERM: "not permitted here"
    default: "system error \(code)"
    }
}
