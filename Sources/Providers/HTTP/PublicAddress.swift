import Dispatch
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Origin {
    /// Whether the host is `pattern`, or, for `*.example.com`, below it.
    func matches(_ pattern: String) -> Bool {
        pattern.hasPrefix("*.") ? host.hasSuffix(pattern.dropFirst()) : host == pattern
    }

    /// Whether every address the host's name stands for is one of the public internet: a reply must not make us ask machines of our
    /// own network.
    func isPublic() async -> Bool {
        let name = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                let addresses = Self.addresses(of: name)
                continuation.resume(returning: !addresses.isEmpty && addresses.allSatisfy(Self.isPublic))
            }
        }
    }

    /// Four or sixteen bytes each.
    private static func addresses(of name: String) -> [[UInt8]] {
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, nil, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [[UInt8]] = []
        var next = list
        while let entry = next?.pointee, let address = entry.ai_addr {
            switch entry.ai_family {
            case AF_INET:
                addresses.append(
                    address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) } })
            case AF_INET6:
                addresses.append(
                    address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                        withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
                    })
            default: addresses.append([])
            }
            next = entry.ai_next
        }
        return addresses
    }

    /// Not private, local, shared, reserved or multicast (IANA's special-purpose registries).
    static func isPublic(_ address: [UInt8]) -> Bool {
        if address.count == 16 {
            if address.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]) { return isPublic(Array(address[12...])) }
            // Only 2000::/3 is given out; in it, documentation, Teredo and 6to4 lead elsewhere.
            return address[0] & 0xE0 == 0x20 && !address.starts(with: [0x20, 0x01, 0x0D, 0xB8])
                && !address.starts(with: [0x20, 0x01, 0, 0])
                && !address.starts(with: [0x20, 0x02])
        }
        guard address.count == 4 else { return false }
        switch (address[0], address[1]) {
        case (0, _), (10, _), (127, _), (224..., _), (169, 254), (192, 168), (198, 18...19): return false
        case (100, let second): return second & 0xC0 != 64
        case (172, let second): return second & 0xF0 != 16
        case (192, 0): return address[2] != 0 && address[2] != 2
        case (198, 51): return address[2] != 100
        case (203, 0): return address[2] != 113
        default: return true
        }
    }
}
