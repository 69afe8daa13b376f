namespace Siamese.Samples.Shared;

/// <summary>A point in the plane.</summary>
/// <param name="X">To the right, finite.</param>
/// <param name="Y">Upwards, finite.</param>
public readonly record struct PlanePoint(double X, double Y)
{
    /// <summary>Takes the rows of a matrix for points.</summary>
    /// <param name="rows">(N, 2).</param>
    /// <exception cref="ArgumentException">A row has not two values.</exception>
    public static PlanePoint[] FromRows(float[,] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.GetLength(1) != 2)
        {
            throw new ArgumentException($"The rows have {rows.GetLength(1)} values, but a point in the plane has 2.", nameof(rows));
        }

        return [.. Enumerable.Range(0, rows.GetLength(0)).Select(i => new PlanePoint(rows[i, 0], rows[i, 1]))];
    }

    /// <inheritdoc cref="FromRows(float[,])"/>
    public static PlanePoint[] FromRows(IEnumerable<IReadOnlyList<float>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return
        [
            .. rows.Select((row, i) => row.Count == 2
                ? new PlanePoint(row[0], row[1])
                : throw new ArgumentException($"Row {i} has {row.Count} values, but a point in the plane has 2.", nameof(rows))),
        ];
    }
}
