#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

// Descriptors 0 to 2 are open before any other code of the program runs: of those that were closed, what is opened first
// would be theirs, and a socket or a file of ours would get what is printed. A linked program has this without asking.
// Lower priorities belong to the C library (gcc, "Common Function Attributes"); the Swift runtime has none.
__attribute__((constructor(101))) static void open_standard_descriptors(void) {
    for (int number = 0; number <= 2; number++) {
        if (fcntl(number, F_GETFD) != -1 || errno != EBADF) continue;
        int opened = open("/dev/null", O_RDWR);
        // Where there is no /dev, nothing is as good as an empty file without a name.
        if (opened < 0) opened = memfd_create("closed", 0);
        if (opened < 0 || opened == number) continue;
        dup2(opened, number);
        close(opened);
    }
}
