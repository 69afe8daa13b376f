using Siamese.Training.Miners;

namespace Siamese.Pipelines.Tests.Training.Miners;

/// <summary>Points with their distances and labels, to mine triplets from.</summary>
internal sealed class Batch
{
    public Batch(float[][] points, int[] labels)
    {
        Labels = labels;
        Distances = new float[points.Length, points.Length];
        for (int i = 0; i < points.Length; i++)
        {
            for (int j = 0; j < points.Length; j++)
            {
                Distances[i, j] = (float)Math.Sqrt(points[i].Zip(points[j]).Sum(p => Math.Pow(p.First - p.Second, 2)));
            }
        }
    }

    public float[,] Distances { get; }

    public int[] Labels { get; }

    public static Batch OnALine(float[] points, int[] labels) => new([.. points.Select(p => new[] { p })], labels);

    /// <summary>
    /// Points that are drawn from a coarse grid, so that distances are often equal, or evenly over the unit sphere. Labels are in no
    /// order, may be negative, and classes may have one image.
    /// </summary>
    public static Batch Random(int seed, bool onSphere = false, int dimension = 3)
    {
        var random = new Random(seed);
        int size = random.Next(2, 40);
        int classes = random.Next(1, 8);
        int[] labels = [.. Enumerable.Range(0, size).Select(_ => (random.Next(classes) * 1000) - 2000)];
        bool coarse = seed % 2 == 0;
        float[][] points = [.. Enumerable.Range(0, size).Select(_ => onSphere ? OnSphere() : InCube())];
        return new Batch(points, labels);

        float[] InCube() => [.. Enumerable.Range(0, dimension).Select(_ => coarse ? random.Next(3) : random.NextSingle())];

        float[] OnSphere()
        {
            float[] normal = new float[dimension];
            for (int i = 0; i < dimension; i++)
            {
                normal[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            }

            float norm = MathF.Sqrt(normal.Sum(x => x * x));
            return [.. normal.Select(x => x / norm)];
        }
    }

    public (int Anchor, int Positive, int Negative)[] Mine(TripletMiner miner, int seed = 1) =>
        ToArray(miner.Mine(FlatDistances(), Labels, new Random(seed)));

    public static (int Anchor, int Positive, int Negative)[] ToArray(Triplets triplets) =>
        [.. triplets.Anchors.Select((anchor, i) => (anchor, triplets.Positives[i], triplets.Negatives[i]))];

    public float[] FlatDistances() => [.. Distances.Cast<float>()];
}
