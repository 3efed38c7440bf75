/*
 * sanitized.h - is this built with a sanitizer that takes much memory and
 * writes reports of its own?
 *
 * With AddressSanitizer or ThreadSanitizer, of gcc or of clang, SANITIZED is
 * defined. They take all addresses there are, so that limits to memory are not
 * for them, and they report to stderr.
 */
#ifndef COMMON_SANITIZED_H
#define COMMON_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#endif
