using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Spectre.Console;

namespace Siamese.Samples.Benchmarks;

/// <summary>Searches a million embeddings exactly, against TensorPrimitives.Dot row by row, and opens their file.</summary>
internal static class GalleryBenchmark
{
    private const int Rows = 1_000_000;
    private const int Dimension = 128;
    private const int Queries = 64;
    private const int Neighbors = 10;
    private const int Rounds = 7;

    public static void Run()
    {
        // As the embeddings of a trained network: unit vectors in groups.
        float[] rows = Clusters(Rows, seed: 1);
        float[] many = Clusters(Queries, seed: 2);
        WriteForPeers("gallery.f32", rows);
        WriteForPeers("queries.f32", many);
        float[][] queries = [.. many.Chunk(Dimension)];
        var space = new EmbeddingSpace("clusters", Dimension);
        string file = Path.Combine(AppContext.BaseDirectory, "gallery.db");
        File.Delete(file);
        GalleryItem Item(int row) => new($"{row}", $"{row % 1000}", rows.AsMemory(row * Dimension, Dimension));
        using (Gallery made = Gallery.Create(file, space))
        {
            foreach (int[] part in Enumerable.Range(0, Rows).Chunk(100_000))
            {
                made.Add(part.Select(Item));
            }
        }

        Gallery Open(int threads, bool codes) =>
            Gallery.Open(file, new GalleryOptions { MaxDegreeOfParallelism = threads, MinRowsOfCodes = codes ? 0 : int.MaxValue });
        var table = new Table()
            .Title($"{Rows:N0} x {Dimension} embeddings, the {Neighbors} nearest; medians of {Rounds} rounds, in turn; peer: TensorPrimitives.Dot a row, one thread")
            .Border(TableBorder.Rounded);
        table.AddColumns("queries at once", "threads", "scan", "ms a query", "peer ms", "ratio", "recall@10");
        foreach (int threads in new[] { 1, Environment.ProcessorCount }.Distinct())
        {
            using Gallery plain = Open(threads, codes: false);
            using Gallery coded = Open(threads, codes: true);
            foreach (int count in new[] { 1, Queries })
            {
                float[][] asked = queries[..count];
                int[][] expected = [];
                IReadOnlyList<IReadOnlyList<Match>> ofPlain = [];
                IReadOnlyList<IReadOnlyList<Match>> ofCoded = [];
                Sample[][] found = Sample.InTurn(
                    Rounds,
                    () => expected = Array.ConvertAll(asked, query => DotARow(rows, query)),
                    () => ofPlain = plain.Nearest(asked, Neighbors),
                    () => ofCoded = coded.Nearest(asked, Neighbors));
                foreach ((string scan, Sample[] own, IReadOnlyList<IReadOnlyList<Match>> matches) in new[] { ("float32", found[1], ofPlain), ("codes", found[2], ofCoded) })
                {
                    double Milliseconds(Sample[] samples) => 1000 * Sample.Median(samples.Select(sample => sample.Seconds)) / count;
                    double ratio = Sample.Median(own.Zip(found[0], (ours, theirs) => ours.Seconds / theirs.Seconds));
                    table.AddRow(
                        $"{count}", $"{threads}", scan, $"{Milliseconds(own):F2}", $"{Milliseconds(found[0]):F2}", $"{ratio:F2}", $"{Recall(matches, expected):F4}");
                }
            }
        }

        AnsiConsole.Write(table);
        Sample[][] opened = Sample.InTurn(Rounds, () => Open(1, codes: false).Dispose());
        AnsiConsole.WriteLine($"The file of {new FileInfo(file).Length / 1e6:N0} MB opens in {Sample.Median(opened[0].Select(sample => sample.Seconds)):F2} s.");
        File.Delete(file);
    }

    private static int[] DotARow(float[] rows, float[] query)
    {
        var nearest = new PriorityQueue<int, float>();
        for (int row = 0; row < Rows; row++)
        {
            float dot = TensorPrimitives.Dot(query, rows.AsSpan(row * Dimension, Dimension));
            if (nearest.Count < Neighbors)
            {
                nearest.Enqueue(row, dot);
            }
            else if (nearest.TryPeek(out _, out float least) && dot > least)
            {
                nearest.EnqueueDequeue(row, dot);
            }
        }

        return [.. nearest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)];
    }

    private static double Recall(IReadOnlyList<IReadOnlyList<Match>> found, int[][] expected) =>
        found.Zip(expected, (own, all) => own.Count(match => all.Contains(int.Parse(match.Id, null)))).Sum() / (double)(expected.Length * Neighbors);

    private static float[] Clusters(int count, int seed)
    {
        float[] centers = Gaussian(1000 * Dimension, new Random(77));
        float[] rows = Gaussian(count * Dimension, new Random(seed));
        var random = new Random(seed + 1000);
        for (int row = 0; row < count; row++)
        {
            Span<float> own = rows.AsSpan(row * Dimension, Dimension);
            TensorPrimitives.MultiplyAdd(own, 0.6f, centers.AsSpan(random.Next(1000) * Dimension, Dimension), own);
            TensorPrimitives.Divide(own, TensorPrimitives.Norm<float>(own), own);
        }

        return rows;
    }

    private static float[] Gaussian(int count, Random random)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    private static void WriteForPeers(string name, float[] values)
    {
        using FileStream stream = File.Create(Path.Combine(AppContext.BaseDirectory, name));
        foreach (float[] part in values.Chunk(1 << 20))
        {
            stream.Write(MemoryMarshal.AsBytes<float>(part));
        }
    }
}
