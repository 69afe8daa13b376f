namespace Siamese.Pipelines.Tests.References;

/// <summary>VGG-16 as Keras computes it, with channels last, by sums over indices in double precision.</summary>
internal static class ObviousVgg16
{
    private static readonly int[] Blocks = [2, 2, 3, 3, 3];

    /// <summary>Runs the network.</summary>
    /// <param name="image">[row][column][channel].</param>
    /// <param name="layers">Kernels (height, width, in, out) or (in, out), flat, and biases.</param>
    /// <param name="dense">How many of the dense layers are run; the last of three has no ReLU.</param>
    public static double[] Run(double[][][] image, IReadOnlyList<(float[] Kernel, float[] Bias)> layers, int dense)
    {
        double[][][] plane = image;
        int next = 0;
        foreach (int count in Blocks)
        {
            for (int i = 0; i < count; i++)
            {
                plane = Convolve(plane, layers[next].Kernel, layers[next].Bias);
                next++;
            }

            plane = Pool(plane);
        }

        if (dense == 0)
        {
            double[][] places = [.. plane.SelectMany(row => row)];
            return [.. Enumerable.Range(0, places[0].Length).Select(channel => places.Average(place => place[channel]))];
        }

        double[] values = [.. plane.SelectMany(row => row).SelectMany(place => place)];
        for (int i = 0; i < dense; i++)
        {
            (float[] kernel, float[] bias) = layers[next + i];
            double[] given = values;
            values = [.. bias.Select((offset, o) => offset + given.Select((value, row) => value * kernel[(row * bias.Length) + o]).Sum())];
            values = i == 2 ? values : [.. values.Select(value => Math.Max(0, value))];
        }

        return values;
    }

    private static double[][][] Convolve(double[][][] image, float[] kernel, float[] bias)
    {
        int inputs = image[0][0].Length;
        return Map(image.Length, image[0].Length, (row, column) =>
            [.. bias.Select((offset, o) =>
            {
                double sum = offset;
                for (int y = 0; y < 3; y++)
                {
                    for (int x = 0; x < 3; x++)
                    {
                        (int r, int c) = (row + y - 1, column + x - 1);
                        if (r >= 0 && r < image.Length && c >= 0 && c < image[0].Length)
                        {
                            for (int i = 0; i < inputs; i++)
                            {
                                sum += image[r][c][i] * kernel[(((((y * 3) + x) * inputs) + i) * bias.Length) + o];
                            }
                        }
                    }
                }

                return Math.Max(0, sum);
            })]);
    }

    private static double[][][] Pool(double[][][] image) => Map(image.Length / 2, image[0].Length / 2, (row, column) =>
        [.. Enumerable.Range(0, image[0][0].Length).Select(channel => Enumerable.Range(0, 4)
            .Max(i => image[(2 * row) + (i / 2)][(2 * column) + (i % 2)][channel]))]);

    private static double[][][] Map(int height, int width, Func<int, int, double[]> place) =>
        [.. Enumerable.Range(0, height).Select(row => Enumerable.Range(0, width).Select(column => place(row, column)).ToArray())];
}
