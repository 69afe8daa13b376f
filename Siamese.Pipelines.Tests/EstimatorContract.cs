using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Tests;

/// <summary>What every public estimator keeps to; each has a fixture that derives from this one.</summary>
/// <typeparam name="TEstimator">The estimator.</typeparam>
public abstract class EstimatorContract<TEstimator>
    where TEstimator : IEstimator<ITransformer>
{
    protected MLContext Ml { get; } = new(seed: 1);

    /// <summary>Gets the estimator over columns of <see cref="Rows"/>.</summary>
    protected abstract TEstimator Estimator { get; }

    /// <summary>Gets rows that it can be fitted on.</summary>
    protected abstract IDataView Rows { get; }

    /// <summary>Gets the column that it adds: a vector, a number or an image.</summary>
    protected abstract string Added { get; }

    /// <summary>
    /// Gets whether ML.NET's own parts can do what it does, so that it can be saved. One that they cannot do for refuses, and says what to do.
    /// </summary>
    protected virtual bool Saves => true;

    [Test]
    public void The_schema_promised_is_the_schema_delivered()
    {
        SchemaShape rows = ShapeOf(Rows.Schema);

        SchemaShape promised = Estimator.GetOutputSchema(rows);
        DataViewSchema delivered = Estimator.Fit(Rows).GetOutputSchema(Rows.Schema);

        var expected = promised.ToDictionary(column => column.Name);
        Assert.That(delivered.Where(column => !column.IsHidden).Select(column => column.Name), Is.EquivalentTo(expected.Keys));
        foreach (DataViewSchema.Column column in delivered.Where(column => !column.IsHidden))
        {
            DataViewType item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
            Assert.That(expected[column.Name].IsKey, Is.EqualTo(item is KeyDataViewType), column.Name);
            Assert.That(expected[column.Name].Kind == SchemaShape.Column.VectorKind.Scalar, Is.EqualTo(column.Type is not VectorDataViewType), column.Name);
            Assert.That(expected[column.Name].ItemType.RawType, Is.EqualTo(item.RawType), column.Name);
        }
    }

    [Test]
    public void A_saved_model_scores_alike_when_loaded_in_plain_MLNET_and_here()
    {
        ITransformer fitted = Estimator.Fit(Rows);
        using var file = new TemporaryFile(".zip");
        if (!Saves)
        {
            Assert.That(
                () => Ml.Model.Save(fitted, Rows.Schema, file.Path),
                Throws.InvalidOperationException.With.Message.Contains("cannot be saved").And.Message.Contains("save that chain"));
            return;
        }

        Ml.Model.Save(fitted, Rows.Schema, file.Path);

        float[][] expected = SmallNetwork.Embeddings(fitted.Transform(Rows), Added);
        Assert.That(SmallNetwork.Embeddings(new MLContext().Model.Load(file.Path, out _).Transform(Rows), Added), Is.EqualTo(expected));
        Assert.That(SmallNetwork.Embeddings(Ml.MetricLearning.Load(file.Path, out _).Transform(Rows), Added), Is.EqualTo(expected));
    }

    [Test]
    public void Rows_without_its_columns_are_refused_with_the_columns_that_are_there()
    {
        IDataView other = Ml.Data.LoadFromEnumerable(new[] { new Other() });

        Assert.That(() => Estimator.Fit(other), Throws.ArgumentException.With.Message.Contains("'Something'"));
        Assert.That(() => Estimator.GetOutputSchema(ShapeOf(other.Schema)), Throws.ArgumentException.With.Message.Contains("'Something'"));
    }

    [Test]
    public void Fitting_twice_gives_the_same()
    {
        float[][] first = SmallNetwork.Embeddings(Estimator.Fit(Rows).Transform(Rows), Added);
        float[][] second = SmallNetwork.Embeddings(Estimator.Fit(Rows).Transform(Rows), Added);

        Assert.That(second, Is.EqualTo(first));
    }

    private static SchemaShape ShapeOf(DataViewSchema schema)
    {
        // ML.NET keeps it to itself; an estimator chain calls it on the way to its first estimator.
        MethodInfo create = typeof(SchemaShape).GetMethod("Create", BindingFlags.NonPublic | BindingFlags.Static)!;
        return (SchemaShape)create.Invoke(null, [schema])!;
    }

    private sealed class Other
    {
        public float Something { get; set; }
    }
}
