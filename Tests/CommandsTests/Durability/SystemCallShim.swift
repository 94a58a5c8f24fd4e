#if os(Linux)
import Foundation

/// A library that is loaded before the C library (`LD_PRELOAD`) and notes what a program writes, syncs, makes, renames and sends, in the order in
/// which the system was told. It can also keep what a sync made durable apart, and drop syncs.
enum SystemCallShim {
    struct NotCompiled: Error { let text: String }

    /// Compiles it with the toolchain's clang.
    static func compile(into folder: URL) throws -> URL {
        let source = folder.appendingPathComponent("shim.c")
        let library = folder.appendingPathComponent("shim.so")
        try code.write(to: source, atomically: true, encoding: .utf8)
        let compiler = Process()
        let errors = Pipe()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["clang", "-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl"]
        compiler.standardError = errors
        try compiler.launchInTurn()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else { throw NotCompiled(text: text) }
        return library
    }

    /// - Parameters:
    ///   - log: where calls are noted.
    ///   - durable: where each file's content is kept as the last sync left it; nil: nowhere.
    ///   - dropping: syncs of files whose path ends so do nothing and say that they did.
    static func environment(_ library: URL, log: URL, durable: URL? = nil, dropping: String? = nil) -> [String: String] {
        var environment = ["LD_PRELOAD": library.path, "SHIM_LOG": log.path]
        environment["SHIM_DURABLE"] = durable?.path
        environment["SHIM_DROP"] = dropping
        return environment
    }

    /// A record is `OPERATION PATH LENGTH\n`, so many bytes, and a newline; it is written in one call, so that threads do not mix.
    private static let code = #"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <limits.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/uio.h>
        #include <unistd.h>

        #define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

        static int ends(const char *text, const char *end) {
            size_t a = strlen(text), b = strlen(end);
            return a >= b && strcmp(text + a - b, end) == 0;
        }

        static void note(const char *operation, const char *path, const struct iovec *parts, int count) {
            const char *log = getenv("SHIM_LOG");
            if (!log) return;
            size_t length = 0;
            for (int i = 0; i < count; i++) length += parts[i].iov_len;
            char *record = malloc(length + PATH_MAX + 64);
            if (!record) return;
            size_t at = sprintf(record, "%s %s %zu\n", operation, path, length);
            for (int i = 0; i < count; i++) {
                memcpy(record + at, parts[i].iov_base, parts[i].iov_len);
                at += parts[i].iov_len;
            }
            record[at++] = '\n';
            int file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
            if (file >= 0) {
                syscall(SYS_write, file, record, at);
                syscall(SYS_close, file);
            }
            free(record);
        }

        /* Where `durable` keeps the content of `path`: its name with every slash as a percent sign. */
        static int kept(const char *path, char *place) {
            const char *folder = getenv("SHIM_DURABLE");
            if (!folder) return 0;
            int at = snprintf(place, PATH_MAX, "%s/", folder);
            for (const char *c = path; *c && at < PATH_MAX - 1; c++) place[at++] = *c == '/' ? '%' : *c;
            place[at] = 0;
            return 1;
        }

        static void keep(const char *path) {
            char place[PATH_MAX], bytes[1 << 16];
            struct stat status;
            if (!kept(path, place) || stat(path, &status) != 0 || !S_ISREG(status.st_mode)) return;
            int from = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
            int to = syscall(SYS_openat, AT_FDCWD, place, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
            long count;
            while (from >= 0 && to >= 0 && (count = syscall(SYS_read, from, bytes, sizeof bytes)) > 0) syscall(SYS_write, to, bytes, count);
            if (from >= 0) syscall(SYS_close, from);
            if (to >= 0) syscall(SYS_close, to);
        }

        static int path_of(int file, char *path) {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", file);
            ssize_t length = readlink(link, path, PATH_MAX - 1);
            if (length < 0) return 0;
            path[length] = 0;
            return 1;
        }

        static void note_data(int file, const struct iovec *parts, int count) {
            char path[PATH_MAX];
            if (!path_of(file, path)) return;
            if (strncmp(path, "socket:", 7) == 0) note("send", "socket", parts, count);
            else if (ends(path, "-wal") || ends(path, ".part")) note("write", path, parts, count);
        }

        static int sync_file(int file, int (*real)(int)) {
            char path[PATH_MAX];
            const char *drop = getenv("SHIM_DROP");
            if (!path_of(file, path)) return real(file);
            if (drop && ends(path, drop)) return 0;
            int result = real(file);
            if (result == 0) {
                keep(path);
                note("sync", path, NULL, 0);
            }
            return result;
        }

        static void note_name(const char *operation, const char *old, const char *new) {
            char from[PATH_MAX], to[PATH_MAX];
            struct iovec name = {(void *)old, strlen(old)};
            note(operation, new, &name, 1);
            if (strcmp(operation, "rename") == 0 && kept(old, from) && kept(new, to)) syscall(SYS_rename, from, to);
        }

        int fsync(int file) { return sync_file(file, REAL(fsync)); }
        int fdatasync(int file) { return sync_file(file, REAL(fdatasync)); }
        ssize_t write(int file, const void *data, size_t length) {
            struct iovec part = {(void *)data, length};
            note_data(file, &part, 1);
            return REAL(write)(file, data, length);
        }
        ssize_t writev(int file, const struct iovec *parts, int count) {
            note_data(file, parts, count);
            return REAL(writev)(file, parts, count);
        }
        ssize_t pwrite(int file, const void *data, size_t length, off_t offset) {
            struct iovec part = {(void *)data, length};
            note_data(file, &part, 1);
            return REAL(pwrite)(file, data, length, offset);
        }
        ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
            struct iovec part = {(void *)data, length};
            note_data(file, &part, 1);
            return REAL(pwrite64)(file, data, length, offset);
        }
        ssize_t send(int file, const void *data, size_t length, int flags) {
            struct iovec part = {(void *)data, length};
            note_data(file, &part, 1);
            return REAL(send)(file, data, length, flags);
        }
        ssize_t sendmsg(int file, const struct msghdr *message, int flags) {
            note_data(file, message->msg_iov, message->msg_iovlen);
            return REAL(sendmsg)(file, message, flags);
        }
        int link(const char *old, const char *new) {
            int result = REAL(link)(old, new);
            if (result == 0) note_name("link", old, new);
            return result;
        }
        int mkdir(const char *path, mode_t mode) {
            int result = REAL(mkdir)(path, mode);
            if (result == 0) note("make", path, NULL, 0);
            return result;
        }
        int rename(const char *old, const char *new) {
            int result = REAL(rename)(old, new);
            if (result == 0) note_name("rename", old, new);
            return result;
        }
        """#
}
#endif
