using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Siamese.Pipelines.Embeddings;
using SQLitePCL;

namespace Siamese.Pipelines.Retrieval;

/// <summary>The SQLite file of a gallery: a table of rows and one of a single row, the header. One thread at a time.</summary>
/// <remarks>
/// Every change is one transaction, in the write-ahead log and on the disk before it is acknowledged. Each row carries a checksum, and the
/// header their number and sum, so that a damaged file is refused rather than searched.
/// </remarks>
internal sealed class GalleryFile : IDisposable
{
    private const int SchemaVersion = 1;

    // "SimG", which tells a gallery's file from any other of SQLite.
    private const int ApplicationId = 0x53696D47;

    private const string ItemTable =
        "CREATE TABLE item (position INTEGER PRIMARY KEY, id TEXT NOT NULL, label TEXT NOT NULL, metadata TEXT, embedding BLOB NOT NULL, "
        + "checksum INTEGER NOT NULL)";

    private const string HeaderTable =
        "CREATE TABLE gallery (network TEXT NOT NULL, dimension INTEGER NOT NULL, distance TEXT NOT NULL, threshold REAL, "
        + "version INTEGER NOT NULL, count INTEGER NOT NULL, next_position INTEGER NOT NULL, sum INTEGER NOT NULL, checksum INTEGER NOT NULL)";

    // Positions and versions stay far from their overflow, whatever a file has.
    private const long GreatestNumber = long.MaxValue / 2;

    // SQLite's primary result codes.
    private const int Error = 1;
    private const int Permission = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int CannotOpen = 14;
    private const int TooBig = 18;
    private const int Constraint = 19;
    private const int Mismatch = 20;
    private const int Format = 24;
    private const int NotADatabase = 26;

    private readonly SqliteConnection _connection;
    private GalleryObserver? _observer;

    private GalleryFile(string path, SqliteConnection connection)
    {
        Path = path;
        _connection = connection;
    }

    public string Path { get; }

    /// <summary>Gets SQLite's level of synchronization: 2 flushes the log to the disk at each commit.</summary>
    public long Synchronous => Scalar("PRAGMA synchronous");

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">What the gallery is to hold; null takes what the file says, if it is there.</param>
    /// <param name="mode">Whether the file must be there, must not, or may.</param>
    /// <exception cref="FileNotFoundException">There is no such file, and one is to be there.</exception>
    /// <exception cref="IOException">There is such a file, and none is to be there; or it cannot be written.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, is not a gallery, or is one of another schema.</exception>
    public static GalleryFile Open(string path, EmbeddingSpace? space, FileMode mode)
    {
        string full = System.IO.Path.GetFullPath(path);
        bool exists = File.Exists(full);
        if (!exists && mode == FileMode.Open)
        {
            throw new FileNotFoundException($"There is no gallery '{full}'. Make one with {nameof(Gallery)}.{nameof(Gallery.Create)}.", full);
        }

        if (exists && mode == FileMode.CreateNew)
        {
            throw new IOException($"'{full}' is there already. Open it, or make the gallery under another name.");
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = full,
            Mode = exists ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
        }.ToString());
        var file = new GalleryFile(full, connection);
        try
        {
            file.Guarded(() =>
            {
                connection.Open();
                SqliteFile.Harden(connection);
                file.Execute("PRAGMA synchronous = FULL");
                if (file.IsEmpty() && space is not null && mode != FileMode.Open)
                {
                    file.Initialize(space);
                }

                file.CheckSchema();
                file._observer = new GalleryObserver(full);
                return true;
            });
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Runs a change as one transaction that no other process can come between.</summary>
    public void InTransaction(Action change) => Guarded(() =>
    {
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        change();
        transaction.Commit();
        return true;
    });

    /// <summary>Reads what stands in the file at one moment, without waiting for other processes that write.</summary>
    public void InSnapshot(Action read) => Guarded(() =>
    {
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: true);
        read();
        return true;
    });

    /// <summary>Reads how far the file at the path has come. Any thread may.</summary>
    /// <exception cref="IOException">There is no file at the path any more, or it cannot be read.</exception>
    public GalleryStamp ReadStamp() => Guarded(_observer!.Read) ?? throw Gone();

    /// <summary>Makes sure, in a transaction that nobody can come between, that at the path is the file that it is of.</summary>
    /// <param name="header">The header as the transaction found it.</param>
    /// <exception cref="IOException">The file was deleted, moved or replaced. The transaction must not be committed.</exception>
    public void CheckIsAt(GalleryHeader header)
    {
        if (ReadStamp() != GalleryStamp.Of(header))
        {
            throw Gone();
        }
    }

    /// <summary>Makes sure that whoever opens the path finds a header or what was written after it.</summary>
    /// <param name="header">What was written or read last.</param>
    /// <param name="since">What was read at the path before.</param>
    /// <exception cref="IOException">The file was deleted, moved or replaced, or its write-ahead log was.</exception>
    public void CheckHolds(GalleryHeader header, GalleryStamp since = default)
    {
        GalleryStamp held = GalleryStamp.Of(header);
        if (held.Version < since.Version || Guarded(_observer!.ReadAfresh) is not { } there || (there != held && there.Version <= held.Version))
        {
            throw Gone();
        }
    }

    /// <summary>Reads the header.</summary>
    public GalleryHeader ReadHeader() => Guarded(() =>
    {
        using SqliteCommand command = Command(
            "SELECT network, dimension, distance, threshold, version, count, next_position, sum, checksum FROM gallery");
        using SqliteDataReader reader = command.ExecuteReader();
        if (!reader.Read())
        {
            throw Damaged("It has no header.");
        }

        var values = new object[reader.FieldCount];
        reader.GetValues(values);
        if (reader.Read())
        {
            throw Damaged("It has two headers.");
        }

        // What a file holds is of any type, whatever its table declares.
        if (values is not [string network, long dimension, string distance, DBNull or double, long version, long count, long next, long sum, long checksum]
            || dimension is < 1 or > EmbeddingSpace.GreatestDimension
            || !Enum.TryParse(distance, out DistanceMetric metric) || metric.ToString() != distance || string.IsNullOrWhiteSpace(network)
            || version is < 0 or > GreatestNumber || count is < 0 or > int.MaxValue || next < count || next > GreatestNumber)
        {
            throw Damaged("Its header cannot be read.");
        }

        float? threshold = values[3] is double stored ? (float)stored : null;
        if (threshold is not (null or (>= 0 and <= float.MaxValue)))
        {
            throw Damaged("Its identification threshold is not a distance.");
        }

        var header = new GalleryHeader(new EmbeddingSpace(network, (int)dimension, metric), threshold, version, count, next, (ulong)sum);
        return GalleryChecksum.Of(header) == checksum ? header : throw Damaged("The checksum of its header does not match.");
    });

    public void WriteHeader(GalleryHeader header)
    {
        using SqliteCommand command = Command(
            "UPDATE gallery SET threshold = $threshold, version = $version, count = $count, next_position = $next, sum = $sum, checksum = $checksum");
        AddHeader(command, header);
        command.ExecuteNonQuery();
    }

    /// <summary>Reads all rows in the order of their positions, and checks each and their number.</summary>
    /// <param name="header">What the file says of them.</param>
    /// <param name="matrix">Takes the rows.</param>
    public void ReadRows(GalleryHeader header, GalleryMatrix matrix) => Guarded(() =>
    {
        var labels = new SharedTexts();
        ulong sum = 0;

        // Room for what the file can hold, not for what its header claims.
        long most = new FileInfo(Path).Length / (sizeof(float) * header.Space.Dimension);
        var ids = new HashSet<string>((int)Math.Min(header.Count, most), StringComparer.Ordinal);
        void Take(GalleryRowBatch batch)
        {
            foreach (GalleryEntry entry in matrix.Append(batch, labels, header.Space, DamagedRow))
            {
                sum += entry.Checksum;
                if (!ids.Add(entry.Id))
                {
                    throw Damaged($"It has two rows of the id '{entry.Id}'.");
                }
            }
        }

        // To check and decode rows takes as long as to read them: of large galleries another thread does it.
        long count;
        if (header.Count <= matrix.BlockRows)
        {
            count = ReadBatches(header, matrix.BlockRows, Take);
        }
        else
        {
            using var batches = new BlockingCollection<GalleryRowBatch>();
            Task taking = Task.Factory.StartNew(
                () =>
                {
                    foreach (GalleryRowBatch batch in batches.GetConsumingEnumerable())
                    {
                        Take(batch);
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            try
            {
                count = ReadBatches(header, matrix.BlockRows, batches.Add);
            }
            finally
            {
                batches.CompleteAdding();
                Task.WaitAny(taking);
            }

            taking.GetAwaiter().GetResult();
        }

        return count == header.Count && sum == header.Sum
            ? true
            : throw Damaged(
                string.Create(CultureInfo.InvariantCulture, $"It holds {count} rows of {header.Count}, or other rows than its header counts."));
    });

    public void Insert(IEnumerable<GalleryRow> rows)
    {
        using SqliteCommand command = Command(
            "INSERT INTO item (position, id, label, metadata, embedding, checksum) VALUES ($position, $id, $label, $metadata, $embedding, $checksum)");
        SqliteParameter position = command.Parameters.Add("$position", SqliteType.Integer);
        SqliteParameter id = command.Parameters.Add("$id", SqliteType.Text);
        SqliteParameter label = command.Parameters.Add("$label", SqliteType.Text);
        SqliteParameter metadata = command.Parameters.Add("$metadata", SqliteType.Text);
        SqliteParameter embedding = command.Parameters.Add("$embedding", SqliteType.Blob);
        SqliteParameter checksum = command.Parameters.Add("$checksum", SqliteType.Integer);
        foreach (GalleryRow row in rows)
        {
            position.Value = row.Entry.Position;
            id.Value = row.Entry.Id;
            label.Value = row.Entry.Label;
            metadata.Value = row.Entry.Metadata ?? (object)DBNull.Value;
            embedding.Value = MemoryMarshal.AsBytes(row.Embedding.Span).ToArray();
            checksum.Value = (long)row.Entry.Checksum;
            command.ExecuteNonQuery();
        }
    }

    public void Delete(IEnumerable<GalleryEntry> entries)
    {
        using SqliteCommand command = Command("DELETE FROM item WHERE position = $position");
        SqliteParameter position = command.Parameters.Add("$position", SqliteType.Integer);
        foreach (GalleryEntry entry in entries)
        {
            position.Value = entry.Position;
            if (command.ExecuteNonQuery() != 1)
            {
                throw Damaged($"Row {entry.Position} is no longer there.");
            }
        }
    }

    public void Dispose()
    {
        _observer?.Dispose();
        _connection.Dispose();
    }

    private long ReadBatches(GalleryHeader header, int batchRows, Action<GalleryRowBatch> take)
    {
        int dimension = header.Space.Dimension;
        using SqliteCommand command = Command("SELECT position, id, label, metadata, embedding, checksum FROM item ORDER BY position");
        using SqliteDataReader reader = command.ExecuteReader();
        long count = 0;
        long previous = -1;
        GalleryRowBatch? batch = null;
        while (reader.Read())
        {
            // The reader's own accessors would copy each embedding once more.
            sqlite3_stmt row = reader.Handle!;
            long position = raw.sqlite3_column_int64(row, 0);
            if (position <= previous || position >= header.NextPosition || count == header.Count)
            {
                // Pages that refer to each other in a circle have rows without end.
                throw Damaged("It has rows that repeat, or that its header does not count.");
            }

            previous = position;
            ReadOnlySpan<byte> embedding = raw.sqlite3_column_blob(row, 4);
            if (!HasTypes(row) || embedding.Length != dimension * sizeof(float))
            {
                throw DamagedRow(position);
            }

            batch ??= new GalleryRowBatch(batchRows, dimension);
            batch.Add(
                position,
                raw.sqlite3_column_blob(row, 1),
                raw.sqlite3_column_blob(row, 2),
                raw.sqlite3_column_blob(row, 3),
                MemoryMarshal.Cast<byte, float>(embedding),
                raw.sqlite3_column_int64(row, 5));
            count++;
            if (batch.IsFull)
            {
                take(batch);
                batch = null;
            }
        }

        if (batch is not null)
        {
            take(batch);
        }

        return count;
    }

    private static bool HasTypes(sqlite3_stmt row) =>
        raw.sqlite3_column_type(row, 1) == raw.SQLITE_TEXT
        && raw.sqlite3_column_type(row, 2) == raw.SQLITE_TEXT
        && raw.sqlite3_column_type(row, 3) is raw.SQLITE_TEXT or raw.SQLITE_NULL
        && raw.sqlite3_column_type(row, 4) == raw.SQLITE_BLOB
        && raw.sqlite3_column_type(row, 5) == raw.SQLITE_INTEGER;

    private void Initialize(EmbeddingSpace space)
    {
        // The mode stands in the file, and cannot be changed inside a transaction.
        Execute("PRAGMA journal_mode = WAL");
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        if (!IsEmpty())
        {
            // Another process was quicker.
            return;
        }

        Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
        Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {SchemaVersion}"));
        Execute(ItemTable);
        Execute(HeaderTable);
        using SqliteCommand command = Command(
            "INSERT INTO gallery (network, dimension, distance, threshold, version, count, next_position, sum, checksum) "
            + "VALUES ($network, $dimension, $distance, $threshold, $version, $count, $next, $sum, $checksum)");
        command.Parameters.AddWithValue("$network", space.Network);
        command.Parameters.AddWithValue("$dimension", space.Dimension);
        command.Parameters.AddWithValue("$distance", space.Distance.ToString());
        AddHeader(command, new GalleryHeader(space, Threshold: null, Version: 0, Count: 0, NextPosition: 0, Sum: 0));
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    private static void AddHeader(SqliteCommand command, GalleryHeader header)
    {
        command.Parameters.AddWithValue("$threshold", header.Threshold is float threshold ? (double)threshold : DBNull.Value);
        command.Parameters.AddWithValue("$version", header.Version);
        command.Parameters.AddWithValue("$count", header.Count);
        command.Parameters.AddWithValue("$next", header.NextPosition);
        command.Parameters.AddWithValue("$sum", (long)header.Sum);
        command.Parameters.AddWithValue("$checksum", (long)GalleryChecksum.Of(header));
    }

    private void CheckSchema()
    {
        if (Scalar("PRAGMA application_id") != ApplicationId)
        {
            throw new InvalidDataException($"'{Path}' is an SQLite file, but not a gallery.");
        }

        long version = Scalar("PRAGMA user_version");
        if (version != SchemaVersion)
        {
            throw new InvalidDataException(
                $"The gallery '{Path}' is of schema version {version}, but this library reads version {SchemaVersion}. "
                + "Open it with the version of the library that wrote it, or build it again.");
        }

        // The tables as this library makes them, and nothing else: no views, triggers, indexes or columns that run what the file's author wrote.
        using SqliteCommand command = Command("SELECT type, sql FROM sqlite_schema LIMIT 3");
        using SqliteDataReader reader = command.ExecuteReader();
        var found = new List<string>();
        while (reader.Read())
        {
            found.Add(reader.GetValue(0) is "table" && reader.GetValue(1) is string sql ? sql : string.Empty);
        }

        if (found is not ([ItemTable, HeaderTable] or [HeaderTable, ItemTable]))
        {
            throw Damaged("It has other tables, views, indexes or triggers than a gallery.");
        }
    }

    private bool IsEmpty() => Scalar("PRAGMA application_id") == 0 && Scalar("SELECT count(*) FROM sqlite_schema") == 0;

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException exception)
        {
            throw exception.SqliteErrorCode switch
            {
                Corrupt or Format => Damaged("SQLite finds its pages malformed.", exception),
                NotADatabase => new InvalidDataException($"'{Path}' is not an SQLite file, or its first bytes are damaged.", exception),
                Permission or ReadOnly or CannotOpen => new IOException(
                    $"The gallery '{Path}' cannot be written: its file or folder is read-only to this process. Where the folder is, it cannot be read either, since "
                    + "SQLite's log lies beside the file. Give the process permission to write to the folder, the file, and the files of its name that end in -wal "
                    + "and -shm where there are any, or copy them to a folder that it may write to.",
                    exception),
                Busy or Locked => new IOException($"Another process has been writing the gallery '{Path}' for too long.", exception),

                // A schema that SQLite cannot read or that lacks a column, and values that do not fit.
                Error or TooBig or Constraint or Mismatch => Damaged("It lacks a table or column, or holds a value that it cannot.", exception),
                _ => new IOException($"The gallery '{Path}' could not be read or written: {exception.Message}", exception),
            };
        }
    }

    private InvalidDataException Damaged(string how, Exception? exception = null) => new(
        $"The gallery '{Path}' is damaged. {how} Restore it from a backup, or build it again from the images.", exception);

    private IOException Gone() => new(
        $"The gallery '{Path}' was deleted, moved or replaced while it was open, so that nothing can be kept in it or read from it. Put its file "
        + "back, and open the gallery again.");

    private InvalidDataException DamagedRow(long position) => Damaged($"The checksum, length or values of row {position} do not match.");

    private void Execute(string sql)
    {
        using SqliteCommand command = Command(sql);
        command.ExecuteNonQuery();
    }

    private long Scalar(string sql)
    {
        using SqliteCommand command = Command(sql);
        return (long)command.ExecuteScalar()!;
    }

    private SqliteCommand Command(string sql)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
