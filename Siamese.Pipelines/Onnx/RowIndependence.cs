namespace Siamese.Pipelines.Onnx;

/// <summary>Tries whether what a graph makes of a row depends on the rows that are run with it.</summary>
internal static class RowIndependence
{
    /// <summary>Gets the rows that a graph is tried with.</summary>
    public const int Probes = 3;

    // A row is rounded otherwise in a batch than alone: sums are taken in another order.
    private const float OfTheSpread = 1e-4f;
    private const float OfTheSize = 2e-6f;

    // Outputs that hardly differ from row to row say nothing about whether rows are mixed.
    private const float LeastSpread = 1e-5f;

    /// <summary>Runs rows [first, first + count) of buffers that hold a row after the other.</summary>
    public delegate void Run(float[][] inputs, float[][] outputs, int first, int count);

    /// <summary>Whether three different rows together give what each gives alone, and whether the rows were able to show it.</summary>
    /// <param name="step">The graph's inputs and outputs.</param>
    /// <param name="alone">Runs one row.</param>
    /// <param name="together">Runs any number of rows.</param>
    public static bool Holds(OnnxStep step, Run alone, Run together)
    {
        float[][] inputs = [.. step.Inputs.Select(Pixels)];
        float[][] apart = Buffers(step, Probes);
        float[][] batch = Buffers(step, Probes);
        float[][] single = Buffers(step, Probes);
        for (int row = 0; row < Probes; row++)
        {
            alone(inputs, apart, row, 1);
        }

        together(inputs, batch, 0, Probes);
        together(inputs, single, 0, 1);
        for (int i = 0; i < step.Outputs.Length; i++)
        {
            int length = step.Outputs[i].Length;
            float tolerance = Tolerance(apart[i], length);
            if (!(tolerance > 0) || !Agree(apart[i], batch[i], tolerance) || !Agree(apart[i].AsSpan(0, length), single[i].AsSpan(0, length), tolerance))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Whether a graph that takes just so many rows mixes them: whether a row gives something else among copies of itself than among others.
    /// </summary>
    public static bool Mixes(OnnxStep step, Run run, int rows)
    {
        float[][] probes = [.. step.Inputs.Select(Pixels)];
        float[][][] copies = [.. Enumerable.Range(0, Math.Min(Probes, rows)).Select(probe => Scores(_ => probe))];
        float[][] among = Scores(row => row % Probes);
        for (int i = 0; i < step.Outputs.Length; i++)
        {
            int length = step.Outputs[i].Length;
            float tolerance = Tolerance([.. copies.SelectMany(scores => scores[i].Take(length)), .. among[i]], length);
            bool agree = !(tolerance > 0) || Enumerable.Range(0, rows).All(row =>
                Agree(among[i].AsSpan(row * length, length), copies[row % Probes][i].AsSpan(row * length, length), tolerance));

            // A network that gives something else each time gives no row a result of its own that another could change.
            if (!agree && Agree(among[i], Scores(row => row % Probes)[i], tolerance))
            {
                return true;
            }
        }

        return false;

        float[][] Scores(Func<int, int> probe)
        {
            float[][] outputs = Buffers(step, rows);
            run(Repeat(step, probes, rows, probe), outputs, 0, rows);
            return outputs;
        }
    }

    private static float[][] Buffers(OnnxStep step, int rows) => [.. step.Outputs.Select(output => new float[checked(rows * output.Length)])];

    private static float[][] Repeat(OnnxStep step, float[][] probes, int rows, Func<int, int> probe) =>
        [.. step.Inputs.Select((input, i) =>
        {
            var values = new float[checked(rows * input.Length)];
            for (int row = 0; row < rows; row++)
            {
                probes[i].AsSpan(probe(row) * input.Length, input.Length).CopyTo(values.AsSpan(row * input.Length));
            }

            return values;
        })];

    /// <summary>Rows of pixels that differ in mean, least and greatest value, and contrast: one of all values, one bright, one dark.</summary>
    private static float[] Pixels(OnnxColumn input)
    {
        (int Least, int Most)[] ranges = [(0, 256), (140, 230), (8, 70)];
        var random = new Random(17);
        var pixels = new float[checked(Probes * input.Length)];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int least, int most) = ranges[i / input.Length];
            pixels[i] = random.Next(least, most);
        }

        return pixels;
    }

    /// <summary>How far results of the same row may differ; not above 0 where the rows' results hardly differ, or are not finite.</summary>
    private static float Tolerance(float[] rows, int length)
    {
        float spread = 0;
        float size = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            // Written so that NaN spreads.
            spread = float.Max(spread, MathF.Abs(rows[i] - rows[i % length]));
            size = float.Max(size, MathF.Abs(rows[i]));
        }

        return float.IsFinite(spread) && spread > LeastSpread * size ? (OfTheSpread * spread) + (OfTheSize * size) : 0;
    }

    private static bool Agree(ReadOnlySpan<float> x, ReadOnlySpan<float> y, float tolerance)
    {
        for (int i = 0; i < x.Length; i++)
        {
            if (!(MathF.Abs(x[i] - y[i]) <= tolerance))
            {
                return false;
            }
        }

        return true;
    }
}
