namespace Siamese.Pipelines.Tests.References;

/// <summary>Antialiased bilinear resizing as its definition has it: in double precision, with no rounding between the passes.</summary>
public static class TriangleFilter
{
    /// <summary>Resizes one plane of height × width values.</summary>
    public static double[] Resize(byte[] source, int width, int height, int targetWidth, int targetHeight)
    {
        var result = new double[targetHeight * targetWidth];
        for (int y = 0; y < targetHeight; y++)
        {
            for (int x = 0; x < targetWidth; x++)
            {
                double sum = 0;
                double weights = 0;
                for (int v = 0; v < height; v++)
                {
                    for (int u = 0; u < width; u++)
                    {
                        double weight = Weight(u, width, x, targetWidth) * Weight(v, height, y, targetHeight);
                        sum += weight * source[(v * width) + u];
                        weights += weight;
                    }
                }

                result[(y * targetWidth) + x] = sum / weights;
            }
        }

        return result;
    }

    private static double Weight(int source, int length, int target, int targetLength)
    {
        if (length == targetLength)
        {
            return source == target ? 1 : 0;
        }

        double scale = (double)length / targetLength;
        double distance = Math.Abs(source + 0.5 - ((target + 0.5) * scale));
        return Math.Max(0, 1 - (distance / Math.Max(1, scale)));
    }
}
