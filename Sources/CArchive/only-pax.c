#include <CArchive.h>

// libarchive is linked in, not loaded: as a shared library it brings sixteen others along, an XML parser and Unicode's
// tables among them, for formats that an archive of ours never has. Of its object files one would pull in all of those
// formats, for this one function of its own that the pax writer calls for an entry of no known kind. Defined here, that
// file stays out; the program's writer knows files, folders and symbolic links only, so it is never called.
void __archive_write_entry_filetype_unsupported(struct archive *archive, struct archive_entry *entry, const char *format);

void __archive_write_entry_filetype_unsupported(struct archive *archive, struct archive_entry *entry, const char *format) {
  (void)entry;
  archive_set_error(archive, -1, "%s takes no entry of this kind", format);
}
