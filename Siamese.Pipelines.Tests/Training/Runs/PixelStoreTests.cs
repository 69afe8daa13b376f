using System.Security.Cryptography;
using Siamese.Pipelines.Images;
using Siamese.Training.Runs;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Runs;

public sealed class PixelStoreTests
{
    private static readonly ImageInput Input = new(2, 2, ColorOrder.Grayscale);

    [Test]
    public void Rows_come_back_from_whichever_array_they_lie_in([Values(1, 4, 9, 1000)] int chunkBytes, [Values(false, true)] bool fractions)
    {
        float[][] rows = [.. Enumerable.Range(0, 7).Select(row => Enumerable.Range(0, 4).Select(i => (row * 20f) + i + (fractions && row == 4 ? 0.5f : 0)).ToArray())];
        var store = new PixelStore(expectedRows: null, chunkBytes);
        Array.ForEach(rows, row => store.Add(row));

        using Tensor found = store.ToTensor([6, 0, 4, 4, 1], Input);

        Assert.That(store.Count, Is.EqualTo(7));
        Assert.That(found.shape, Is.EqualTo(new long[] { 5, 1, 2, 2 }));
        Assert.That(found.data<float>().ToArray(), Is.EqualTo(rows[6].Concat(rows[0]).Concat(rows[4]).Concat(rows[4]).Concat(rows[1])));
        Assert.That(store.Chunks, chunkBytes == 1000 ? Is.EqualTo(1) : Is.GreaterThan(2));
    }

    [Test]
    public void The_hash_is_that_of_all_pixels_in_one_piece([Values(4, 8, 1000)] int chunkBytes)
    {
        byte[] pixels = [.. Enumerable.Range(0, 20).Select(i => (byte)(i * 7))];
        var store = new PixelStore(expectedRows: 5, chunkBytes);
        foreach (byte[] row in pixels.Chunk(4))
        {
            store.Add(row);
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        store.AppendTo(hash);

        Assert.That(hash.GetHashAndReset(), Is.EqualTo(SHA256.HashData(pixels)));
    }

    [Test]
    public void More_rows_than_memory_holds_are_refused_at_the_first()
    {
        var store = new PixelStore(expectedRows: 1000, availableBytes: 3999);

        Assert.That(
            () => store.Add(new byte[] { 1, 2, 3, 4 }),
            Throws.InvalidOperationException.With.Message.Contains("The 1,000 images").And.Message.Contains("4 pixels").And.Message.Contains("GiB"));
    }

    [Test]
    public void Rows_whose_number_is_not_known_are_refused_where_memory_ends()
    {
        var store = new PixelStore(expectedRows: null, chunkBytes: 8, availableBytes: 20);
        for (int row = 0; row < 4; row++)
        {
            store.Add(new byte[] { 1, 2, 3, 4 });
        }

        store.Add(new byte[] { 1, 2, 3, 4 });
        store.Add(new byte[] { 1, 2, 3, 4 });

        Assert.That(() => store.Add(new byte[] { 1, 2, 3, 4 }), Throws.InvalidOperationException.With.Message.Contains("The first 7 images"));
    }

    [Test]
    public void Fractions_that_need_more_memory_than_there_is_are_refused()
    {
        var store = new PixelStore(expectedRows: 10, availableBytes: 100);
        store.Add([1f, 2f, 3f, 4f]);

        Assert.That(() => store.Add([1f, 2f, 3f, 4.5f]), Throws.InvalidOperationException.With.Message.Contains("4 bytes each").And.Message.Contains("whole numbers"));
    }
}
