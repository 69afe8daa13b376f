using System.Numerics.Tensors;

namespace Siamese.Pipelines.Projection;

/// <summary>Searches the leading eigenvectors of the covariance of rows by block Krylov steps, begun again from the best found.</summary>
internal sealed class LeadingEigenvectors
{
    // A few vectors more than are wanted bring the wanted ones sooner.
    private const int Surplus = 8;
    private const int BlocksOfBasis = 6;
    private const int MostRounds = 100;
    private const double Tolerance = 1e-4;

    // Where less is left of a vector, what rounding left beside the others weighs too much in it.
    private const double MuchLeft = 0.7;

    // What is left of a vector by rounding alone.
    private const double Vanished = 1e-9;

    private readonly CenteredRows _rows;
    private readonly Random _random;
    private readonly int _dimension;
    private readonly int _block;
    private readonly int _size;
    private readonly double[] _basis;
    private readonly double[] _products;

    private LeadingEigenvectors(CenteredRows rows, int count, int seed)
    {
        _rows = rows;
        _random = new Random(seed);
        _dimension = rows.Dimension;
        _block = Math.Min(_dimension, count + Surplus);
        _size = Math.Min(_dimension, BlocksOfBasis * _block);
        _basis = new double[checked(_size * _dimension)];
        _products = new double[_basis.Length];
    }

    /// <summary>Searches until C v − λ v is shorter than 1e-4 of the greatest λ for each vector v, C the covariance.</summary>
    /// <returns>The greatest eigenvalues, descending, and in each of (count, D) an eigenvector of length 1.</returns>
    public static (double[] Values, double[] Vectors) Find(CenteredRows rows, int count, int seed) =>
        new LeadingEigenvectors(rows, count, seed).Find(count);

    private (double[] Values, double[] Vectors) Find(int count)
    {
        for (int i = 0; i < _block; i++)
        {
            FillNormal(Row(_basis, i));
        }

        int known = Extend(0, _block);
        for (int round = 0; ; round++)
        {
            while (known < _size)
            {
                int added = Math.Min(_block, _size - known);
                _products.AsSpan((known - _block) * _dimension, added * _dimension).CopyTo(_basis.AsSpan(known * _dimension));
                known = Extend(known, added);
            }

            (double[] values, double[] weights) = SymmetricEigen.Decompose(Projection(), _size);
            double[] vectors = Combine(weights, _basis);
            double[] products = Combine(weights, _products);
            if (_size == _dimension || round == MostRounds || Residual(values, vectors, products, count) <= Tolerance * values[0])
            {
                return (values[..count], vectors[..(count * _dimension)]);
            }

            vectors.CopyTo(_basis, 0);
            products.CopyTo(_products, 0);
            known = _block;
        }
    }

    /// <summary>Makes some vectors behind the known ones orthonormal to these, and multiplies them.</summary>
    /// <returns>How many vectors are known then.</returns>
    private int Extend(int known, int added)
    {
        for (int i = known; i < known + added; i++)
        {
            Orthonormalize(i);
        }

        Range range = (known * _dimension)..((known + added) * _dimension);
        _rows.MultiplyByCovariance(_basis.AsSpan(range)).CopyTo(_products.AsSpan(range));
        return known + added;
    }

    private void Orthonormalize(int index)
    {
        Span<double> vector = Row(_basis, index);
        while (true)
        {
            double original = TensorPrimitives.Norm<double>(vector);
            double left = original;
            double before;
            do
            {
                before = left;
                for (int i = 0; i < index; i++)
                {
                    ReadOnlySpan<double> other = Row(_basis, i);
                    TensorPrimitives.MultiplyAdd<double>(other, -TensorPrimitives.Dot<double>(other, vector), vector, vector);
                }

                left = TensorPrimitives.Norm<double>(vector);
            }
            while (left < MuchLeft * before && left > Vanished * original);

            if (left > Vanished * original)
            {
                TensorPrimitives.Divide(vector, left, vector);
                return;
            }

            // The rows vary in no other direction: any other does.
            FillNormal(vector);
        }
    }

    /// <summary>Computes the covariance in the basis.</summary>
    private double[] Projection()
    {
        var projection = new double[_size * _size];
        for (int i = 0; i < _size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double value = (TensorPrimitives.Dot<double>(Row(_basis, i), Row(_products, j))
                    + TensorPrimitives.Dot<double>(Row(_basis, j), Row(_products, i))) / 2;
                projection[(i * _size) + j] = value;
                projection[(j * _size) + i] = value;
            }
        }

        return projection;
    }

    /// <summary>Combines vectors of the basis, or their products, to one block.</summary>
    private double[] Combine(double[] weights, double[] vectors)
    {
        var combined = new double[_block * _dimension];
        for (int i = 0; i < _block; i++)
        {
            Span<double> target = Row(combined, i);
            for (int j = 0; j < _size; j++)
            {
                TensorPrimitives.MultiplyAdd<double>(Row(vectors, j), weights[(i * _size) + j], target, target);
            }
        }

        return combined;
    }

    private double Residual(double[] values, double[] vectors, double[] products, int count)
    {
        double greatest = 0;
        var difference = new double[_dimension];
        for (int i = 0; i < count; i++)
        {
            TensorPrimitives.MultiplyAdd<double>(Row(vectors, i), -values[i], Row(products, i), difference);
            greatest = Math.Max(greatest, TensorPrimitives.Norm<double>(difference));
        }

        return greatest;
    }

    private Span<double> Row(double[] vectors, int index) => vectors.AsSpan(index * _dimension, _dimension);

    private void FillNormal(Span<double> vector)
    {
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = NormalNumbers.Next(_random);
        }
    }
}
