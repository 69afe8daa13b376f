using Microsoft.Data.Sqlite;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Reads how far a gallery's file has come, as long as it is the file at its path.</summary>
/// <remarks>
/// A connection goes on with its file where that was deleted or moved, and so acknowledges what nobody will find. This one is not the
/// connection that writes, so that a search waits for no writer. The file must never be opened but through SQLite: to close it otherwise ends
/// the locks of this process.
/// </remarks>
internal sealed class GalleryObserver : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _command;
    private bool _disposed;

    /// <summary>Opens a file that is a gallery already.</summary>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public GalleryObserver(string path)
    {
        _path = path;
        (_connection, _command) = Open(path);
    }

    /// <summary>Reads the file.</summary>
    /// <returns>Null where the file is at its path no more, or has no header.</returns>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public GalleryStamp? Read()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return !File.Exists(_path) || SqliteFile.HasMoved(_connection) ? null : Read(_command);
        }
    }

    /// <summary>Opens what is at the path for this call alone, and reads it as another process would.</summary>
    /// <returns>Null where there is no file, or one without a header.</returns>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public GalleryStamp? ReadAfresh()
    {
        if (!File.Exists(_path))
        {
            return null;
        }

        (SqliteConnection connection, SqliteCommand command) = Open(_path);
        using (connection)
        using (command)
        {
            return Read(command);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _command.Dispose();
            _connection.Dispose();
        }
    }

    private static GalleryStamp? Read(SqliteCommand command)
    {
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read() && reader.GetValue(0) is long version && reader.GetValue(1) is long checksum ? new GalleryStamp(version, checksum) : null;
    }

    private static (SqliteConnection Connection, SqliteCommand Command) Open(string path)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        try
        {
            connection.Open();
            SqliteFile.Harden(connection);
            SqliteCommand command = connection.CreateCommand();
            command.CommandText = "SELECT version, checksum FROM gallery";
            return (connection, command);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
