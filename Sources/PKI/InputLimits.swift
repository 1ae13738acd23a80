/// How much of a file is read: a certificate file is a few kilobytes, and what lies on a node is not trusted to be one.
enum InputLimits {
    static let fileBytes = 1 << 20
    static let certificates = 64
    /// One line of `ssh-keygen -y`: an RSA key of 16,384 bits needs 2,800 characters.
    static let keyLineBytes = 16 << 10
}
