using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

public sealed class GalleryFileTests
{
    private static readonly EmbeddingSpace Plane = new("a network", 2);

    // What a killed process leaves is what stands in its files at that moment.
    [Test]
    public void A_kill_loses_nothing_that_was_acknowledged()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        using Gallery gallery = Gallery.Create(path, Plane);
        gallery.SetIdentificationThreshold(3);
        for (int i = 0; i < 20; i++)
        {
            gallery.Upsert([new GalleryItem($"{i}", "", new float[] { i, 0 }), new GalleryItem("last", "", new float[] { i, 1 })]);
            string copy = folder.File($"{i}.db");
            File.Copy(path, copy);
            File.Copy(path + "-wal", copy + "-wal");

            using Gallery left = Gallery.Open(copy, Plane);
            Assert.That(left.Count, Is.EqualTo(i + 2));
            Assert.That(left.Nearest([i, 1], 1)[0], Is.EqualTo(new Match("last", "", 0)));
            Assert.That(left.IdentificationThreshold, Is.EqualTo(3));
        }
    }

    [TestCase(3)]
    [TestCase(100, Explicit = true, Reason = "Takes a minute.")]
    public void A_process_that_is_killed_while_it_adds_loses_nothing_that_was_acknowledged(int kills)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        var random = new Random(1);
        int acknowledged = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            using Process writer = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(GalleryFileTests).Assembly.Location, path])
            {
                RedirectStandardOutput = true,
            })!;
            int lines = random.Next(1, 100);
            for (int i = 0; i < lines; i++)
            {
                Assert.That(writer.StandardOutput.ReadLine(), Is.EqualTo($"{acknowledged}"));
                acknowledged++;
            }

            writer.Kill();

            // The last line may be broken off, or lack what was kept but not yet said.
            acknowledged += writer.StandardOutput.ReadToEnd().Count(character => character == '\n');
            writer.WaitForExit();
            using Gallery left = Gallery.Open(path);
            Assert.That(left.Count, Is.EqualTo(acknowledged).Or.EqualTo(acknowledged + 1));
            Assert.That(left.Items.Select(item => item.Id), Is.EqualTo(Enumerable.Range(0, left.Count).Select(i => $"{i}")));
            Assert.That(left.Nearest([acknowledged - 1, 0], 1)[0], Is.EqualTo(new Match($"{acknowledged - 1}", "", 0)));
            acknowledged = left.Count;
        }
    }

    [Test]
    public void A_log_that_breaks_off_anywhere_leaves_whole_changes()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        using Gallery gallery = Gallery.Create(path, Plane);
        for (int i = 0; i < 6; i++)
        {
            gallery.Add([new GalleryItem($"{i}a", "", new float[] { i, 0 }), new GalleryItem($"{i}b", "", new float[] { i, 0 })]);
        }

        byte[] log = File.ReadAllBytes(path + "-wal");
        var counts = new SortedSet<int>();
        for (int length = log.Length; length > 0; length -= 1777)
        {
            string copy = folder.File("copy.db");
            File.Copy(path, copy, overwrite: true);
            File.WriteAllBytes(copy + "-wal", log[..length]);
            File.Delete(copy + "-shm");

            // Before the first commit it is no gallery yet.
            using Gallery left = Gallery.OpenOrCreate(copy, Plane);
            Assert.That(left.Count % 2, Is.Zero);
            Assert.That(left.Items.Select(item => item.Id), Is.EqualTo(gallery.Items.Take(left.Count).Select(item => item.Id)));
            counts.Add(left.Count);
        }

        Assert.That(counts, Does.Contain(12).And.Contain(2));
    }

    [Test]
    public void A_flipped_byte_is_refused_or_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        float[] query = [1, 2];
        IReadOnlyList<Match> expected;
        using (Gallery gallery = Gallery.Create(path, Plane))
        {
            gallery.Add(Enumerable.Range(0, 120).Select(i => new GalleryItem($"item {i}", $"label {i % 3}", new float[] { i % 11, i / 11f })
            {
                Metadata = new Dictionary<string, string> { ["number"] = $"{i}" },
            }));
            gallery.Remove("item 5");
            gallery.SetIdentificationThreshold(1);
            expected = gallery.Nearest(query, 200);
        }

        byte[] file = File.ReadAllBytes(path);
        string copy = folder.File("copy.db");
        int refused = 0;
        for (int at = 0; at < file.Length; at += at < 200 ? 1 : 61)
        {
            byte[] flipped = [.. file];
            flipped[at] ^= 1 << 5;
            File.WriteAllBytes(copy, flipped);
            try
            {
                using Gallery left = Gallery.Open(copy);
                Assert.That(left.Nearest(query, 200), Is.EqualTo(expected), $"byte {at}");
                Assert.That(left.IdentificationThreshold, Is.EqualTo(1), $"byte {at}");
                Assert.That(left.Space, Is.EqualTo(Plane), $"byte {at}");
                Assert.That(left.Find("item 7")!.Metadata["number"], Is.EqualTo("7"), $"byte {at}");
            }
            catch (Exception exception) when (exception is InvalidDataException or IOException)
            {
                Assert.That(exception.Message, Does.Contain(copy), $"byte {at}");
                refused++;
            }

            File.Delete(copy + "-wal");
            File.Delete(copy + "-shm");
        }

        // The rest is unused: SQLite leaves the pages of small tables half empty.
        Assert.That(refused, Is.GreaterThan(file.Length / 61 / 4));
    }

    // SQLite's integers have 64 bits, a checksum has 32: the others count as well.
    [Test]
    public void A_checksum_with_a_high_bit_flipped_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        using (Gallery gallery = Gallery.Create(path, Plane))
        {
            gallery.Add("a", "", [1, 2]);
        }

        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE item SET checksum = checksum + 4294967296";
            Assert.That(command.ExecuteNonQuery(), Is.EqualTo(1));
        }

        Assert.That(() => Gallery.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains("row 0").And.Message.Contains("checksum"));
    }

    [Test]
    public void A_row_that_vanished_is_missed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        using (Gallery gallery = Gallery.Create(path, Plane))
        {
            gallery.Add("a", "", [1, 2]);
            gallery.Add("b", "", [1, 2]);
        }

        Execute(path, "DELETE FROM item WHERE id = 'a'");

        Assert.That(() => Gallery.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains("1 rows of 2"));
    }

    [Test]
    public void Another_schema_version_is_refused_with_both()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        Gallery.Create(path, Plane).Dispose();
        Execute(path, "PRAGMA user_version = 7");

        Assert.That(
            () => Gallery.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains("version 7").And.Message.Contains("version 1"));
    }

    [Test]
    public void A_file_that_is_no_gallery_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string text = folder.Write("text.db", "This is no SQLite file, though it is long enough to have a header of one hundred bytes, and so it is read."u8);
        string empty = folder.Write("empty.db", []);
        string other = folder.File("other.db");
        Execute(other, "CREATE TABLE other (id INTEGER)");

        Assert.That(() => Gallery.Open(text), Throws.TypeOf<InvalidDataException>().With.Message.Contains(text));
        Assert.That(() => Gallery.Open(empty), Throws.TypeOf<InvalidDataException>().With.Message.Contains(empty));
        Assert.That(() => Gallery.OpenOrCreate(other, Plane), Throws.TypeOf<InvalidDataException>().With.Message.Contains("not a gallery"));
        Assert.That(() => Gallery.Open(folder.File("none.db")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("none.db"));
        Assert.That(() => Gallery.Create(text, Plane), Throws.TypeOf<IOException>().With.Message.Contains("there already"));
    }

    [Test]
    public void Galleries_of_one_file_see_each_others_changes()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(Path.Combine("made", "gallery.db"));
        using Gallery first = Gallery.OpenOrCreate(path, Plane);
        using Gallery second = Gallery.OpenOrCreate(path, Plane);
        first.Add("a", "Ada", [1, 2]);

        Assert.That(second.Count, Is.Zero);
        Assert.That(second.Refresh(), Is.True);
        Assert.That(second.Refresh(), Is.False);
        Assert.That(second.Nearest([1, 2], 1)[0].Id, Is.EqualTo("a"));

        second.Add("b", "Ben", [3, 4]);
        Assert.That(() => first.Add("b", "Ben", [3, 4]), Throws.ArgumentException.With.Message.Contains("'b' already"));
        first.Remove("a");
        second.SetIdentificationThreshold(5);
        Assert.That(second.Items.Select(item => item.Id), Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public async Task Who_reads_by_the_contract_sees_what_another_process_wrote()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        await using IGallery reader = Gallery.OpenOrCreate(path, Plane);
        using Gallery writer = Gallery.OpenOrCreate(path, Plane);
        for (int i = 0; i < 20; i++)
        {
            writer.Add($"{i}", "Ada", [i, 0]);
            Assert.That(await reader.CountAsync(), Is.EqualTo(i + 1));
            writer.Upsert([new GalleryItem($"{i}", "Ben", new float[] { i, 1 })]);
            Assert.That((await reader.FindAsync($"{i}"))!.Label, Is.EqualTo("Ben"));
            Assert.That(await reader.NearestAsync(new float[] { i, 1 }, 1), Is.EqualTo(new[] { new Match($"{i}", "Ben", 0) }));
            writer.Remove($"{i}");
            Assert.That((await reader.ItemsAsync().ToListAsync()).Select(item => item.Id), Does.Not.Contain($"{i}"));
            writer.Add($"{i}", "Ada", [i, 0]);
        }

        writer.SetIdentificationThreshold(3);
        Assert.That(((Gallery)reader).Refresh(), Is.True);
        Assert.That(((Gallery)reader).IdentificationThreshold, Is.EqualTo(3));
    }

    [Test]
    public async Task Readers_in_many_threads_never_miss_what_was_acknowledged()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        await using IGallery reader = Gallery.OpenOrCreate(path, Plane);
        using Gallery writer = Gallery.OpenOrCreate(path, Plane);
        int acknowledged = 0;
        Task<int>[] readers =
        [
            .. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                int missed = 0;
                int least;
                do
                {
                    least = Volatile.Read(ref acknowledged);
                    missed += await reader.CountAsync() < least || (await reader.NearestAsync(new float[] { 0, 0 }, 1000)).Count < least ? 1 : 0;
                }
                while (least < 100);
                return missed;
            })),
        ];
        for (int i = 0; i < 100; i++)
        {
            writer.Add($"{i}", "", [i, 0]);
            Volatile.Write(ref acknowledged, i + 1);
        }

        Assert.That(await Task.WhenAll(readers), Is.All.Zero);
    }

    // Windows lets nobody delete or move a file that is open.
    [TestCase("deleted")]
    [TestCase("deleted with all beside it")]
    [TestCase("moved")]
    [TestCase("folder moved")]
    [TestCase("replaced by another gallery")]
    [TestCase("replaced by a newer gallery")]
    [TestCase("replaced by another gallery beside the same log")]
    [TestCase("replaced by an empty gallery")]
    [TestCase("replaced by its own copy")]
    [TestCase("log deleted")]
    [Platform(Exclude = "Win")]
    public void A_gallery_whose_file_is_gone_acknowledges_nothing(string how)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(Path.Combine("kept", "gallery.db"));
        string other = folder.File("other.db");
        using Gallery gallery = Gallery.OpenOrCreate(path, Plane);
        gallery.Add("a", "Ada", [1, 2]);
        MoveAway(how, path, other);

        Assert.That(() => gallery.Add("b", "Ben", [3, 4]), Throws.InstanceOf<IOException>().With.Message.Contains(path));
        Assert.That(() => gallery.Upsert([new GalleryItem("a", "Ben", new float[] { 3, 4 })]), Throws.InstanceOf<IOException>());
        Assert.That(() => gallery.Remove("a"), Throws.InstanceOf<IOException>());
        Assert.That(() => gallery.SetIdentificationThreshold(1), Throws.InstanceOf<IOException>());
        Assert.That(gallery.IdentificationThreshold, Is.Null);
    }

    [TestCase("deleted")]
    [TestCase("moved")]
    [TestCase("replaced by another gallery")]
    [TestCase("replaced by another gallery beside the same log")]
    [TestCase("replaced by a newer gallery")]
    [TestCase("replaced by its own copy")]
    [Platform(Exclude = "Win")]
    public void Nobody_is_named_by_rows_whose_file_is_gone(string how)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(Path.Combine("kept", "gallery.db"));
        using Gallery gallery = Gallery.OpenOrCreate(path, Plane);
        gallery.Add("a", "Ada", [1, 2]);
        IGallery contract = gallery;
        MoveAway(how, path, folder.File("other.db"));

        Assert.That(gallery.Refresh, Throws.TypeOf<IOException>().With.Message.Contains("deleted, moved or replaced"));
        Assert.That(async () => await contract.NearestAsync(new float[] { 1, 2 }, 1), Throws.TypeOf<IOException>());
        Assert.That(async () => await contract.FindAsync("a"), Throws.TypeOf<IOException>());
        Assert.That(async () => await contract.CountAsync(), Throws.TypeOf<IOException>());
        Assert.That(async () => await contract.ItemsAsync().ToListAsync(), Throws.TypeOf<IOException>());
        Assert.That(gallery.Nearest([1, 2], 1)[0].Label, Is.EqualTo("Ada"), "who asks the gallery itself sees it as it was");
    }

    private static void MoveAway(string how, string path, string other)
    {
        switch (how)
        {
            case "deleted":
                File.Delete(path);
                break;
            case "deleted with all beside it":
                Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
                break;
            case "moved":
                File.Move(path, other);
                break;
            case "folder moved":
                Directory.Move(Path.GetDirectoryName(path)!, other);
                break;
            case "replaced by its own copy":
                File.Copy(path, other);
                File.Move(other, path, overwrite: true);
                break;
            case "log deleted":
                File.Delete(path + "-wal");
                break;
            default:
                using (Gallery replacement = Gallery.Create(other, Plane))
                {
                    for (int i = 0; i < (how.Contains("empty") ? 0 : how.Contains("newer") ? 7 : 1); i++)
                    {
                        replacement.Add($"z{i}", "Zoe", [1, 2]);
                    }
                }

                File.Move(other, path, overwrite: true);
                if (!how.EndsWith("log"))
                {
                    File.Delete(path + "-wal");
                    File.Delete(path + "-shm");
                }

                break;
        }
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
