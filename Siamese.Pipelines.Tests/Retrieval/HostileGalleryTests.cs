using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

/// <summary>Files whose author knows the schema and the checksums, and means harm.</summary>
public sealed class HostileGalleryTests
{
    private static readonly EmbeddingSpace Plane = new("a network", 2);

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("ALTER TABLE item RENAME TO kept; CREATE VIEW item AS SELECT * FROM kept", TestName = "A view of the items")]
    [TestCase(
        "DROP TABLE item; CREATE VIEW item AS WITH RECURSIVE n(position, id, label, metadata, embedding, checksum) AS (SELECT 0, 'a', '', NULL, x'0000000000000000', 0 "
        + "UNION ALL SELECT position + 1, id, label, metadata, embedding, checksum FROM n) SELECT * FROM n",
        TestName = "A view without an end")]
    [TestCase(
        "DROP TABLE gallery; CREATE VIEW gallery AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS network, x AS dimension, x AS distance, "
        + "x AS threshold, x AS version, x AS count, x AS next_position, x AS sum, x AS checksum FROM n WHERE x < 0",
        TestName = "A header without an end")]
    [TestCase("CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM item; END", TestName = "A trigger")]
    [TestCase("CREATE INDEX i ON item (lower(id))", TestName = "An index of an expression")]
    [TestCase("CREATE TABLE other (id INTEGER)", TestName = "Another table")]
    [TestCase("ALTER TABLE item ADD COLUMN more TEXT DEFAULT 'x'", TestName = "Another column")]
    [TestCase("ALTER TABLE item ADD COLUMN made TEXT GENERATED ALWAYS AS (hex(zeroblob(1000))) VIRTUAL", TestName = "A column that is computed")]
    public void A_schema_of_its_own_is_refused_at_once(string sql) => Refuse(sql, "other tables, views, indexes or triggers");

    [TestCase("dimension = 2000000000", "header cannot be read")]
    [TestCase("dimension = 0", "header cannot be read")]
    [TestCase("dimension = 1048577", "header cannot be read")]
    [TestCase("dimension = 'two'", "header cannot be read")]
    [TestCase("dimension = 4", "header does not match")]
    [TestCase("distance = 'Manhattan'", "header cannot be read")]
    [TestCase("distance = '1'", "header cannot be read")]
    [TestCase("distance = x'00'", "header cannot be read")]
    [TestCase("network = ''", "header cannot be read")]
    [TestCase("network = x'FF'", "header cannot be read")]
    [TestCase("threshold = -1", "not a distance")]
    [TestCase("threshold = 9e999", "not a distance")]
    [TestCase("threshold = 1e300", "not a distance")]
    [TestCase("threshold = 'near'", "header cannot be read")]
    [TestCase("version = -1", "header cannot be read")]
    [TestCase("version = 9223372036854775807", "header cannot be read")]
    [TestCase("count = -1", "header cannot be read")]
    [TestCase("count = 4000000000, next_position = 5000000000", "header cannot be read")]
    [TestCase("count = 2000000000, next_position = 5000000000", "header does not match")]
    [TestCase("next_position = 0", "header cannot be read")]
    [TestCase("next_position = 9223372036854775807", "header cannot be read")]
    public void A_header_of_absurd_values_is_refused(string change, params string[] reasons) => Refuse($"UPDATE gallery SET {change}", reasons);

    [Test]
    public void A_header_of_nothing_none_or_two_is_refused()
    {
        // The table forbids NULL, which the file's author passes over.
        Refuse(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'network TEXT NOT NULL', 'network TEXT         ') WHERE name = 'gallery'; "
            + "PRAGMA writable_schema = OFF",
            "other tables, views");
        Refuse("DELETE FROM gallery", "no header");
        Refuse("INSERT INTO gallery SELECT * FROM gallery", "two headers");
    }

    [Test]
    public void Rows_that_no_gallery_writes_are_refused_though_their_checksums_hold()
    {
        Refuse(file => Insert(file, 2, "a", "Ada", null, [1, 2]), "two rows of the id 'a'");
        Refuse(file => Insert(file, 2, "c", "Ada", null, [float.NaN, 2]), "row 2 do not match");
        Refuse(file => Insert(file, 2, "c", "Ada", null, [float.PositiveInfinity, 2]), "row 2 do not match");
        Refuse(file => Insert(file, 2, "c", "Ada", null, [1e19f, 2]), "row 2 do not match");
        Refuse(file => Insert(file, 2, "c", "Ada", "{", [1, 2]), "row 2 do not match");
        Refuse(file => Insert(file, 2, "c", "Ada", """{"a":1}""", [1, 2]), "row 2 do not match");
        Refuse(file => Insert(file, 2, "c", "Ada", """{"a":"1","a":"2"}""", [1, 2]), "row 2 do not match");
        Refuse(file => Insert(file, 2, "c", "Ada", """{"a":{"b":"c"}}""", [1, 2]), "row 2 do not match");
        Refuse(file => Insert(file, 2, "c", "Ada", """{"a":"\ud800"}""", [1, 2]), "row 2 do not match");
        Refuse(file => Insert(file, 2, "c", "Ada", "[]", [1, 2]), "row 2 do not match");
        Refuse(file => Insert(file, -7, "c", "Ada", null, [1, 2]), "repeat, or that its header does not count");
        Refuse("UPDATE item SET id = x'61' WHERE position = 0", "row 0 do not match");
        Refuse("UPDATE item SET embedding = 'aaaaaaaa' WHERE position = 0", "row 0 do not match");
        Refuse("UPDATE item SET embedding = zeroblob(100000000) WHERE position = 0", "row 0 do not match");

        // The helper itself writes a sound row.
        string path = Make();
        Insert(path, 2, "c", "Ada", """{"a":"1","b":"2"}""", [1, 2]);
        using Gallery gallery = Gallery.Open(path);
        Assert.That(gallery.Find("c")!.Metadata, Is.EqualTo(new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" }));
    }

    [Test]
    public void A_row_of_a_cosine_gallery_must_have_length_one()
    {
        string path = _folder.File("cosine.db");
        var space = new EmbeddingSpace("a network", 2, DistanceMetric.Cosine);
        using (Gallery gallery = Gallery.Create(path, space))
        {
            gallery.Add("a", "", [3, 4]);
        }

        Insert(path, 1, "b", "", null, [3, 4]);

        Assert.That(() => Gallery.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains("row 1 do not match"));
    }

    [Test]
    public void What_is_acknowledged_is_on_the_disk()
    {
        using GalleryFile file = GalleryFile.Open(_folder.File("durable.db"), Plane, FileMode.CreateNew);

        // 2 is FULL: the write-ahead log is flushed at each commit. https://www.sqlite.org/pragma.html#pragma_synchronous
        Assert.That(file.Synchronous, Is.EqualTo(2));
    }

    private void Refuse(string sql, params string[] reasons) => Refuse(file => Execute(file, sql), reasons);

    private void Refuse(Action<string> change, params string[] reasons)
    {
        string path = Make();
        change(path);
        var watch = Stopwatch.StartNew();

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => Gallery.Open(path))!;

        Assert.That(reasons.Any(exception.Message.Contains), exception.Message);
        Assert.That(exception.Message, Does.Contain(path));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)), "a second, on a machine that has nothing else to do");
        Assert.That(() => Gallery.OpenOrCreate(path, Plane), Throws.TypeOf<InvalidDataException>());
    }

    private string Make()
    {
        string path = _folder.File($"{Guid.NewGuid():n}.db");
        using Gallery gallery = Gallery.Create(path, Plane);
        gallery.Add([new GalleryItem("a", "Ada", new float[] { 1, 2 }), new GalleryItem("b", "Ben", new float[] { 3, 4 })]);
        return path;
    }

    private static void Insert(string path, long position, string id, string label, string? metadata, float[] embedding)
    {
        byte[] blob = MemoryMarshal.AsBytes(embedding.AsSpan()).ToArray();
        uint checksum = GalleryChecksum.Of(
            position, Encoding.UTF8.GetBytes(id), Encoding.UTF8.GetBytes(label), metadata is null ? [] : Encoding.UTF8.GetBytes(metadata), blob);
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT INTO item VALUES ($position, $id, $label, $metadata, $embedding, $checksum)";
        command.Parameters.AddWithValue("$position", position);
        command.Parameters.AddWithValue("$id", id);
        command.Parameters.AddWithValue("$label", label);
        command.Parameters.AddWithValue("$metadata", (object?)metadata ?? DBNull.Value);
        command.Parameters.AddWithValue("$embedding", blob);
        command.Parameters.AddWithValue("$checksum", (long)checksum);
        command.ExecuteNonQuery();

        using SqliteCommand read = connection.CreateCommand();
        read.CommandText = "SELECT network, dimension, distance, version, count, next_position, sum FROM gallery";
        GalleryHeader header;
        using (SqliteDataReader row = read.ExecuteReader())
        {
            row.Read();
            var space = new EmbeddingSpace(row.GetString(0), row.GetInt32(1), Enum.Parse<DistanceMetric>(row.GetString(2)));
            header = new GalleryHeader(
                space, null, row.GetInt64(3), row.GetInt64(4) + 1, Math.Max(position + 1, row.GetInt64(5) + 1), (ulong)row.GetInt64(6) + checksum);
        }

        using SqliteCommand write = connection.CreateCommand();
        write.CommandText = "UPDATE gallery SET count = $count, next_position = $next, sum = $sum, checksum = $checksum";
        write.Parameters.AddWithValue("$count", header.Count);
        write.Parameters.AddWithValue("$next", header.NextPosition);
        write.Parameters.AddWithValue("$sum", (long)header.Sum);
        write.Parameters.AddWithValue("$checksum", (long)GalleryChecksum.Of(header));
        write.ExecuteNonQuery();
    }

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
