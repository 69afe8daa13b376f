namespace Siamese.Pipelines.Projection;

/// <summary>Normally distributed random numbers.</summary>
internal static class NormalNumbers
{
    /// <summary>Gives a number of mean 0 and variance 1 (Box and Muller, 1958).</summary>
    public static double Next(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
