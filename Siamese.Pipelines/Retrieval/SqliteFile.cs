using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Siamese.Pipelines.Retrieval;

/// <summary>What every connection to a gallery's file is set to, and can be asked for.</summary>
internal static class SqliteFile
{
    // The library that the package brings. An application may have set another one, to which this handle means nothing.
    private const string Library = "e_sqlite3";

    private const int HasMovedOperation = 20;

    /// <summary>Lets the file do nothing but hold data, before anything is read from it.</summary>
    /// <remarks>https://www.sqlite.org/security.html, "Untrusted SQLite Database Files".</remarks>
    public static void Harden(SqliteConnection connection)
    {
        sqlite3 handle = connection.Handle!;
        foreach ((int option, int value) in new[]
        {
            (raw.SQLITE_DBCONFIG_DEFENSIVE, 1), (raw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0), (raw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
            (raw.SQLITE_DBCONFIG_ENABLE_VIEW, 0),
        })
        {
            raw.sqlite3_db_config(handle, option, value, out _);
        }

        foreach ((int limit, int value) in new[]
        {
            (raw.SQLITE_LIMIT_LENGTH, 1 << 28), (raw.SQLITE_LIMIT_SQL_LENGTH, 10_000), (raw.SQLITE_LIMIT_COLUMN, 20), (raw.SQLITE_LIMIT_EXPR_DEPTH, 20),
            (raw.SQLITE_LIMIT_COMPOUND_SELECT, 3), (raw.SQLITE_LIMIT_ATTACHED, 0), (raw.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        })
        {
            raw.sqlite3_limit(handle, limit, value);
        }

        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0";
        command.ExecuteNonQuery();
    }

    /// <summary>Tells whether the file of a connection was deleted, moved or replaced since it was opened: by its number in the file system.</summary>
    /// <returns>False as well where the system allows nobody to do that, as Windows does, and where SQLite does not tell.</returns>
    public static bool HasMoved(SqliteConnection connection) =>
        raw.GetNativeLibraryName() == Library
        && FileControl(connection.Handle!.DangerousGetHandle(), "main", HasMovedOperation, out int hasMoved) == raw.SQLITE_OK
        && hasMoved != 0;

    [DllImport(Library, EntryPoint = "sqlite3_file_control")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int FileControl(nint connection, [MarshalAs(UnmanagedType.LPUTF8Str)] string database, int operation, out int result);
}
