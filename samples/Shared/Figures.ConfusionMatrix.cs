using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    /// <summary>Draws how often each class was taken for each: counts, and beneath them their shares of the true class.</summary>
    /// <param name="counts">(N, N) counts, not negative: row true class, column predicted class, as ML.NET has them.</param>
    /// <param name="classNames">The N names.</param>
    /// <param name="title">Above the figure.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="ArgumentException">There is no class, the matrix is not square or not of that size, or a count is negative.</exception>
    public static Figure ConfusionMatrix(
        IReadOnlyList<IReadOnlyList<double>> counts, IReadOnlyList<string> classNames, string title = "Confusion matrix")
    {
        Check.NotEmpty(counts, "rows");
        ArgumentNullException.ThrowIfNull(classNames);
        Check.SameCount(counts.Count, "rows", classNames.Count, "class names", nameof(classNames));
        var matrix = new double[counts.Count, counts.Count];
        double right = 0;
        double all = 0;
        for (int row = 0; row < counts.Count; row++)
        {
            Check.SameCount(counts.Count, "rows", counts[row].Count, $"counts in row {row}", nameof(counts));
            for (int column = 0; column < counts.Count; column++)
            {
                double count = counts[row][column];
                if (!(count >= 0 && double.IsFinite(count)))
                {
                    throw new ArgumentException(
                        $"The count in row {row}, column {column} is {count}, but must be 0 or more.", nameof(counts));
                }

                matrix[row, column] = count;
                all += count;
                right += row == column ? count : 0;
            }
        }

        string seen = all > 0
            ? $"{right:#,0.##} of {all:#,0.##} images right ({100 * right / all:0.00} %); beneath each count its share of the true class"
            : "no images";
        return new Figure(MatrixPlot.Draw(new Heading(title, seen), matrix, classNames), title, $"{title}: {seen}.");
    }
}
