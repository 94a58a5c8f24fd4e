import Foundation

extension Error {
    /// The system's error number (`ENOSPC`) where one is behind it, else nil.
    package var systemCode: Int32? {
        let error = self as NSError
        if error.domain == NSPOSIXErrorDomain { return Int32(exactly: error.code) }
        return (error.userInfo[NSUnderlyingErrorKey] as? any Error)?.systemCode
    }

    /// Why a file could not be used, as the system says it ("No space left on device"). Foundation's own words name an error domain and a
    /// number, which help nobody.
    package var fileProblem: String {
        systemCode.map { String(cString: strerror($0)) } ?? localizedDescription
    }
}
